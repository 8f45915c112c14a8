"""Tests of the storefront in a real browser, through the gateway, against a whole system."""

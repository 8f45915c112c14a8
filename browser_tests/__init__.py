"""The shop as its visitors see it: in a real browser, through the gateway, against a whole system."""

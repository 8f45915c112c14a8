"""Checks the invariants of a running system over its public and staff endpoints: `make audit`."""

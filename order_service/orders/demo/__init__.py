"""A shop to look at: the orders that `manage.py seed_demo` places. No running service reads it."""

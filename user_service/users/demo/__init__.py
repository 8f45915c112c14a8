"""A shop to look at: the people `manage.py seed_demo` makes accounts for. No running service reads it."""

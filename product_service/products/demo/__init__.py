"""A shop to look at: what `manage.py seed_demo` fills an empty catalogue with. No running service reads it."""

"""A shop to look at: the stock that `manage.py seed_demo` receives. No running service reads it."""

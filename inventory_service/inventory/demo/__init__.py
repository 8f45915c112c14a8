"""Demo data: the stock that `manage.py seed_demo` receives. The running service does not use it."""

"""Demo data: the orders that `manage.py seed_demo` places. The running service does not read it."""

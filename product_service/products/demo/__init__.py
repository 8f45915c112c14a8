"""Demo data for `manage.py seed_demo`. No running service imports it."""

"""Serving HTTP: a gunicorn worker that takes up whole requests only, and no more of them than it can answer in time."""

"""Gunicorn's configuration: the defaults of chassis. They can be overridden below."""

from chassis.gunicorn_defaults import configuration
from config.settings import environment

# Few threads: an order waits for PostgreSQL only.
globals().update(configuration(environment, threads=4))

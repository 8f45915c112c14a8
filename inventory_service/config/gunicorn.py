"""Gunicorn's configuration: the chassis' defaults; any of them can be set again below or on the command line."""

from chassis.gunicorn_defaults import configuration
from config.settings import environment

globals().update(
    configuration(environment, threads=4)
)  # an order waits for nothing but PostgreSQL here

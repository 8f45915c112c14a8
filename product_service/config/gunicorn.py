"""Gunicorn's configuration: the chassis' defaults. Override them below or on the command line."""

from chassis.gunicorn_defaults import configuration
from config.settings import environment

globals().update(configuration(environment, threads=3))  # threads wait for PostgreSQL only

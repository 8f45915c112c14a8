"""Gunicorn's configuration; override it below or on the command line."""

from chassis.gunicorn_defaults import configuration
from config.settings import environment

globals().update(configuration(environment))

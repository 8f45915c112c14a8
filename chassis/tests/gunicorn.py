from chassis.gunicorn_defaults import configuration
from chassis.tests.settings import environment

globals().update(configuration(environment))

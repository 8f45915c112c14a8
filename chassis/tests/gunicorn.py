from chassis import logs
from chassis.gunicorn_defaults import configuration
from chassis.tests.settings import environment

globals().update(configuration(environment))
logconfig_dict = logs.for_gunicorn(environment.choice("LOG_FORMAT", "json", {"json", "console"}))

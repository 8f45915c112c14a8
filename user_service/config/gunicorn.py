"""Gunicorn's configuration: the chassis' defaults; any of them can be set again below or on the command line."""

from typing import Any

from chassis.gunicorn_defaults import configuration
from config.settings import environment

globals().update(
    configuration(environment, threads=16)
)  # up to 14 of them wait for a hash (users.hashers)


def post_worker_init(worker: Any) -> None:
    """In each worker process, once the application is loaded."""
    from users import mailer

    mailer.start()

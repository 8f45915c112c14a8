"""Gunicorn's configuration: the chassis' defaults; any of them can be set again below or on the command line."""

from typing import Any

from chassis.gunicorn_defaults import configuration
from config.settings import environment

globals().update(configuration(environment, threads=4))  # passwords keep the processors busy, and its neighbours are seldom asked


def post_worker_init(worker: Any) -> None:
    """In each worker process, once the application is loaded."""
    from users import mailer

    mailer.start()

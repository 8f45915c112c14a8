"""The defaults of the chassis, with more threads."""

from typing import Any

from chassis.gunicorn_defaults import configuration
from config.settings import environment

# Up to 14 threads can wait for a password hash (users.services.password_hashing).
globals().update(configuration(environment, threads=16))


def post_worker_init(worker: Any) -> None:
    """Called in each worker process after it has loaded the application."""
    from users.services import email_sender

    email_sender.start()

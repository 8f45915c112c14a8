"""The thread of each process that sends mail."""

import logging
import threading
import time

from django.db import Error, connection

from chassis import context
from users.services import outgoing_mail

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""At its own pace: when a mail is sent tells nothing of the request that asked for it, which does not even wake it up."""


def start() -> None:
    threading.Thread(target=_run, name="mailer", daemon=True).start()


def _run() -> None:
    """A mail server that hangs holds this thread and nobody else; the mails of other processes and the rest of ours wait for it."""
    while True:
        try:
            look()
        except Exception:
            log.exception("the mailer goes on after an error")
        time.sleep(LOOK_SECONDS)


def look() -> None:
    """Send all that is due."""
    context.start()
    try:
        while outgoing_mail.deliver_one():
            pass
    except Error:  # the database is away, which the requests report
        connection.close()

"""The thread of each process that sends the mail in the outbox, so that no response waits for it.

It polls at a fixed interval: neither a response nor its time shows whether a mail is sent.
A mail server that hangs blocks only this thread.
"""

import logging
import threading
import time

from django.db import Error, connection

from chassis import context
from users.models import OutgoingMail
from users.services import email_outbox, emails, password_resets

log = logging.getLogger(__name__)

POLL_INTERVAL = 1.0  # seconds


def start() -> None:
    threading.Thread(target=run, name="email-sender", daemon=True).start()


def run() -> None:
    while True:
        try:
            send_due()
        except Exception:
            log.exception("sending e-mail failed; the thread continues")
        time.sleep(POLL_INTERVAL)


def send_due() -> None:
    context.start()
    try:
        while deliver_next():
            pass
    except Error:  # the database is unavailable, which requests report
        connection.close()


def deliver_next() -> bool:
    """Send one mail that is due; False when none is due."""
    mail = email_outbox.claim_next()
    if mail is None:
        return False
    try:
        _send_or_give_up(mail)
    except OSError as error:  # includes SMTPException; its message may contain the address
        log.warning("e-mail was not sent: %s: %s", mail.kind, type(error).__name__)
        email_outbox.reschedule(mail)
    else:
        email_outbox.delete(mail)
    return True


def _send_or_give_up(mail: OutgoingMail) -> None:
    if mail.is_late:
        log.error("gave up sending e-mail: %s", mail.kind)
    elif mail.kind != OutgoingMail.Kind.RESET:
        emails.send_notice(mail.kind, mail.email)
    elif reset := password_resets.issue_token(mail.email):
        emails.send_reset(*reset)

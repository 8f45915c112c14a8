"""Sending the mail that is queued, from a thread of its own (users.mailer), so that no response waits for a mail server."""

import logging
from datetime import timedelta

from django.db.models import F, Value
from django.db.models.functions import Greatest, Now

from users import mails
from users.models import OutgoingMail
from users.services import resets

log = logging.getLogger(__name__)

GIVE_UP_AFTER = timedelta(hours=1)
RETRY_PAUSE = timedelta(seconds=15)
"""At first; then each pause is as long as all before it, some nine attempts altogether."""

CLAIM = """
    UPDATE outgoing_mail SET due_at = statement_timestamp() + interval '2 minutes' WHERE id = (
        SELECT id FROM outgoing_mail WHERE due_at <= statement_timestamp() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING *, created_at < statement_timestamp() - %s AS is_late"""
"""For longer than sending takes. Should the process die meanwhile, another one sends the mail after that."""


def deliver_one() -> bool:
    """Send one mail that is due; a reset only if there is an account. False when none is due."""
    for mail in OutgoingMail.objects.raw(CLAIM, [GIVE_UP_AFTER]):
        _deliver(mail)
        return True
    return False


def _deliver(mail: OutgoingMail) -> None:
    row = OutgoingMail.objects.filter(pk=mail.pk)
    try:
        if mail.is_late:
            log.error("a mail was given up: %s", mail.kind)
        else:
            _send(mail)
    except OSError as error:  # that of smtplib, too; its words may have the address in them
        log.warning("a mail was not sent: %s: %s", mail.kind, type(error).__name__)
        row.update(due_at=Now() + Greatest(Value(RETRY_PAUSE), Now() - F("created_at")))
    else:
        row.delete()


def _send(mail: OutgoingMail) -> None:
    if mail.kind != OutgoingMail.Kind.RESET:
        mails.send_notice(mail.kind, mail.email)
    elif addressee := resets.issue_token(mail.email):
        mails.send_reset(*addressee)

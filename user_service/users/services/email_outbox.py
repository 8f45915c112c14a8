"""The outbox of e-mails: written in the transaction of the change, sent by `email_sender`."""

from datetime import timedelta

from django.db.models import F, Value
from django.db.models.functions import Greatest, Now

from users.models import OutgoingMail

GIVE_UP_AFTER = timedelta(hours=1)
MIN_RETRY_DELAY = timedelta(seconds=15)

CLAIM = """
    UPDATE outgoing_mail SET due_at = statement_timestamp() + interval '2 minutes' WHERE id = (
        SELECT id FROM outgoing_mail WHERE due_at <= statement_timestamp()
        ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING *, created_at < statement_timestamp() - %s AS is_late"""
"""The claim lasts longer than sending takes. If the process dies, another one sends the mail."""


def enqueue(kind: OutgoingMail.Kind, *emails: str | None) -> None:
    OutgoingMail.objects.bulk_create(
        OutgoingMail(kind=kind, email=email) for email in emails if email
    )


def claim_next() -> OutgoingMail | None:
    """A mail that is due, with `is_late` if it is older than GIVE_UP_AFTER."""
    return next(iter(OutgoingMail.objects.raw(CLAIM, [GIVE_UP_AFTER])), None)


def reschedule(mail: OutgoingMail) -> None:
    """Exponential backoff: each delay is the age of the mail, which makes about nine attempts."""
    delay = Greatest(Value(MIN_RETRY_DELAY), Now() - F("created_at"))
    OutgoingMail.objects.filter(pk=mail.pk).update(due_at=Now() + delay)


def delete(mail: OutgoingMail) -> None:
    OutgoingMail.objects.filter(pk=mail.pk).delete()

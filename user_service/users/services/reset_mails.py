"""Sending the mails that were asked for: from a thread of its own (users.mailer), so that no answer waits for a mail server."""

import logging
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest, Now

from users import mails
from users.models import ResetRequest, ResetToken, User
from users.services import resets

log = logging.getLogger(__name__)

TOKEN_LIFETIME = resets.WINDOW
PATIENCE = timedelta(hours=1)
"""After this the mail is given up: whoever asked for it has asked again, or gone away."""
AGAIN = timedelta(seconds=15)
"""At first; then each pause is as long as all before it, so that a mail that nobody wants is offered some nine times."""

CLAIM = """
    UPDATE reset_request SET due_at = statement_timestamp() + interval '2 minutes' WHERE id = (
        SELECT id FROM reset_request WHERE due_at <= statement_timestamp() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING *, created_at < statement_timestamp() - %s AS is_late"""
"""For longer than sending takes. Should the process die meanwhile, another one sends the mail after that."""


def deliver_one() -> bool:
    """Send the mail of one request that is due, if there is an account. False when no request is due."""
    for request in ResetRequest.objects.raw(CLAIM, [PATIENCE]):
        _deliver(request)
        return True
    return False


def _deliver(request: ResetRequest) -> None:
    try:
        if request.is_late:
            log.error("a mail to reset a password was given up")
        elif addressee := _with_new_token(request.email):
            mails.send_reset(*addressee)
    except OSError as error:  # that of smtplib, too; its words may have the address in them
        log.warning("a mail to reset a password was not sent: %s", type(error).__name__)
        _mark(request, due_at=Now() + Greatest(Value(AGAIN), Now() - F("created_at")))
    else:
        _mark(request, due_at=None, email="")


@transaction.atomic
def _with_new_token(email: str) -> tuple[User, str] | None:
    """It takes the place of an older one. The account is locked, so that none is left to one that is being closed."""
    user = User.objects.with_email(email).filter(is_active=True).select_for_update(no_key=True).first()
    if user is None:
        return None
    token = secrets.token_urlsafe(32)
    made = ResetToken(user=user, hash=resets.hashed(token), expires_at=Now() + TOKEN_LIFETIME)
    ResetToken.objects.bulk_create([made], update_conflicts=True, unique_fields=["user"], update_fields=["hash", "expires_at"])
    return user, token


def _mark(request: ResetRequest, **state: object) -> None:
    ResetRequest.objects.filter(pk=request.pk).update(**state)

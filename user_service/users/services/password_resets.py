"""Setting a new password with a token from an e-mail.

request ──→ outbox, the same for every address ──email_sender──→ token and mail, if there is an
account ──→ confirm

A user who reached the limit has an unexpired mail, so repeated requests never prevent a reset.
"""

import secrets
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from users.errors import InvalidResetToken, RateLimited
from users.models import OutgoingMail, ResetToken, User
from users.services import email_outbox, login_throttle, passwords, sessions
from users.services.cleanup import purge
from users.services.rate_limit import Limit, account_key, client_key
from users.services.sessions import hash_token

TOKEN_LIFETIME = timedelta(hours=1)
ACCOUNT_LIMIT = Limit("reset-account", 5, TOKEN_LIFETIME)
CLIENT_LIMIT = Limit("reset-address", 30, TOKEN_LIFETIME)


def request(*, email: str, address: str) -> None:
    """Queue a mail within the limits. Looks up no account, so that nothing shows if one exists."""
    try:
        with transaction.atomic():
            CLIENT_LIMIT.hit(client_key(address))
            ACCOUNT_LIMIT.hit(account_key(email))
            email_outbox.enqueue(OutgoingMail.Kind.RESET, email)
    except RateLimited:
        return


def confirm(*, token: str, password: str) -> None:
    """Set a new password and end every session.

    Raises InvalidResetToken, or WeakPassword, which leaves the token unused.
    """
    user = User.objects.filter(
        reset_token__hash=hash_token(token), reset_token__expires_at__gt=Now(), is_active=True
    ).first()
    if user is None:
        raise InvalidResetToken
    password_hash = passwords.hash_password(password, email=user.email, name=user.name)
    _consume(user, hash_token(token), password_hash)


def invalidate(*, user_id: UUID) -> None:
    """Invalidate the token that was sent, because the account has changed."""
    ResetToken.objects.filter(pk=user_id).delete()


def delete_all(*, user_id: UUID, email: str) -> None:
    invalidate(user_id=user_id)
    OutgoingMail.objects.filter(kind=OutgoingMail.Kind.RESET, email__iexact=email).delete()
    ACCOUNT_LIMIT.clear(account_key(email))


@transaction.atomic
def issue_token(email: str) -> tuple[User, str] | None:
    """Replaces an older token. Locks the account, so that one being closed gets no token."""
    purge(ResetToken.objects.filter(expires_at__lte=Now()).order_by("expires_at"))
    active = User.objects.with_email(email).filter(is_active=True)
    user = active.select_for_update(no_key=True).first()
    if user is None:
        return None
    token = secrets.token_urlsafe(32)
    row = ResetToken(user=user, hash=hash_token(token), expires_at=Now() + TOKEN_LIFETIME)
    ResetToken.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["user"], update_fields=["hash", "expires_at"]
    )
    return user, token


@transaction.atomic
def _consume(user: User, token_hash: str, password_hash: str) -> None:
    """Locks the account before the token, as everywhere. Of concurrent attempts one succeeds."""
    changed = User.objects.filter(pk=user.pk, is_active=True).update(
        password=password_hash, updated_at=Now()
    )
    valid = ResetToken.objects.filter(pk=user.pk, hash=token_hash, expires_at__gt=Now())
    consumed, _ = valid.delete()
    if not (changed and consumed):
        raise InvalidResetToken
    sessions.revoke_all(user_id=user.pk)
    login_throttle.clear(user.email or "")
    delete_all(user_id=user.pk, email=user.email or "")
    email_outbox.enqueue(OutgoingMail.Kind.PASSWORD_CHANGED, user.email)

"""Setting a new password with a mail, for users who have forgotten the old one.

request ──→ queued, the same for every e-mail address ──the mailer──→ token and mail, where there is an account ──→ confirm

A mail at most an hour old is what the limit of an account comes to, so asking for many keeps no user from a reset.
"""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from users.errors import InvalidResetToken, RateLimited
from users.models import OutgoingMail, ResetToken, User
from users.services import login_throttle, passwords, sessions
from users.services.rate_limit import Limit, account, client
from users.services.sweeping import sweep

TOKEN_LIFETIME = timedelta(hours=1)
OF_ACCOUNT = Limit("reset-account", 5, TOKEN_LIFETIME)
"""Per lifetime of a token: a user at the limit has a mail that works."""
OF_ADDRESS = Limit("reset-address", 30, TOKEN_LIFETIME)


def request(*, email: str, address: str) -> None:
    """Queue a mail, if the limits allow it. Accounts are not looked up here, so nothing shows whether there is one."""
    try:
        with transaction.atomic():
            OF_ADDRESS.hit(client(address))
            OF_ACCOUNT.hit(account(email))
            OutgoingMail.queue(OutgoingMail.Kind.RESET, email)
    except RateLimited:
        return


def confirm(*, token: str, password: str) -> None:
    """Set a new password and end every login. Raises InvalidResetToken, or WeakPassword, which leaves the token unspent."""
    good = User.objects.filter(
        reset_token__hash=hashed(token), reset_token__expires_at__gt=Now(), is_active=True
    )
    user = good.first()
    if user is None:
        raise InvalidResetToken
    _spend(user, hashed(token), passwords.hashed(password, email=user.email, name=user.name))


def void(*, user_id: UUID) -> None:
    """Invalidate the mail that was sent: the account has changed since."""
    ResetToken.objects.filter(pk=user_id).delete()


def forget(*, user_id: UUID, email: str) -> None:
    void(user_id=user_id)
    OutgoingMail.objects.filter(kind=OutgoingMail.Kind.RESET, email__iexact=email).delete()
    OF_ACCOUNT.clear(account(email))


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def issue_token(email: str) -> tuple[User, str] | None:
    """It takes the place of an older one. The account is locked, so that none is left to one that is being closed."""
    sweep(ResetToken.objects.filter(expires_at__lte=Now()).order_by("expires_at"))
    user = (
        User.objects.with_email(email).filter(is_active=True).select_for_update(no_key=True).first()
    )
    if user is None:
        return None
    token = secrets.token_urlsafe(32)
    made = ResetToken(user=user, hash=hashed(token), expires_at=Now() + TOKEN_LIFETIME)
    ResetToken.objects.bulk_create(
        [made], update_conflicts=True, unique_fields=["user"], update_fields=["hash", "expires_at"]
    )
    return user, token


@transaction.atomic
def _spend(user: User, token_hash: str, password_hash: str) -> None:
    """The account before the token, in the lock order of all. Of two concurrent attempts one succeeds."""
    changed = User.objects.filter(pk=user.pk, is_active=True).update(
        password=password_hash, updated_at=Now()
    )
    spent, _ = ResetToken.objects.filter(pk=user.pk, hash=token_hash, expires_at__gt=Now()).delete()
    if not (changed and spent):
        raise InvalidResetToken
    sessions.end_all(user_id=user.pk)
    login_throttle.clear(user.email or "")
    forget(user_id=user.pk, email=user.email or "")
    OutgoingMail.queue(OutgoingMail.Kind.PASSWORD_CHANGED, user.email)

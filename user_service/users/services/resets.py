"""Setting a new password with a mail, for whoever has forgotten the old one.

request ──→ written down, the same for every e-mail address ──the mailer──→ token and mail, where there is an account ──→ confirm

A mail at most an hour old is what the limit of an account comes to, so nobody's reset can be kept from him by asking for many.
"""

import hashlib
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now

from chassis.client_address import network
from users.errors import InvalidResetToken
from users.models import ResetRequest, ResetToken, User
from users.services import passwords, sessions, throttle
from users.services.sweeping import sweep

WINDOW = timedelta(hours=1)
"""As long as a token is good: whoever meets the limit of his account has a mail that works."""
MOST_OF_ACCOUNT = 3
MOST_OF_ADDRESS = 50
LOCK_OF_ADDRESS, LOCK_OF_ACCOUNT = 7_305_003, 7_305_004


@transaction.atomic
def request(*, email: str, address: str) -> None:
    """Ask for a mail. Whether there is such an account is not looked at here, and so does not show, not even in the time."""
    account, client = throttle.account_of(email), network(address)[:64]
    _one_at_a_time(account, client)
    recent = ResetRequest.objects.filter(created_at__gt=Now() - WINDOW)
    of_account, of_address = recent.filter(account=account).count(), recent.filter(address=client).count()
    if of_account < MOST_OF_ACCOUNT and of_address < MOST_OF_ADDRESS:
        ResetRequest.objects.create(account=account, address=client, email=email)
    _sweep()


def confirm(*, token: str, password: str) -> None:
    """Set a new password and end every login. Raises InvalidResetToken, or WeakPassword, which leaves the token unspent."""
    good = User.objects.filter(reset_token__hash=hashed(token), reset_token__expires_at__gt=Now(), is_active=True)
    user = good.first()
    if user is None:
        raise InvalidResetToken
    _spend(user, hashed(token), passwords.hashed(password, email=user.email, name=user.name))


def void(*, user_id: UUID) -> None:
    """Make the mail that was sent of no use: the account has changed since."""
    ResetToken.objects.filter(pk=user_id).delete()


def forget(*, user_id: UUID, email: str) -> None:
    void(user_id=user_id)
    ResetRequest.objects.filter(account=throttle.account_of(email)).delete()


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def _spend(user: User, token_hash: str, password_hash: str) -> None:
    """The account before the token, as everybody else locks them. Of two that try at once, one can."""
    changed = User.objects.filter(pk=user.pk, is_active=True).update(password=password_hash, updated_at=Now())
    spent, _ = ResetToken.objects.filter(pk=user.pk, hash=token_hash, expires_at__gt=Now()).delete()
    if not (changed and spent):
        raise InvalidResetToken
    sessions.end_all(user_id=user.pk)
    throttle.forget(user.email or "")
    forget(user_id=user.pk, email=user.email or "")


def _one_at_a_time(account: str, client: str) -> None:
    """Two requests at once must not both be the last that is allowed."""
    with connection.cursor() as cursor:
        for lock, name in ((LOCK_OF_ADDRESS, client), (LOCK_OF_ACCOUNT, account)):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [lock, name])


def _sweep() -> None:
    sweep(ResetRequest.objects.filter(created_at__lte=Now() - WINDOW, due_at=None).order_by("created_at"))
    sweep(ResetToken.objects.filter(expires_at__lte=Now()).order_by("expires_at"))

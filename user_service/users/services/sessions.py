"""Signing in, staying signed in, signing out.

A login hands out refresh tokens one after the other; each can be spent once. One that comes a second time has been
copied, by its owner or by a thief, and nobody can tell which: then the login ends for both.
"""

import hashlib
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, Value
from django.db.models.functions import Least, Now

from users import keys
from users.errors import InvalidCredentials, InvalidRefreshToken
from users.models import Login, RefreshToken, User
from users.services import passwords
from users.services.rate_limit import Limit
from users.services.sweeping import SWEPT_AT_ONCE

ACCESS_SECONDS = 15 * 60
REFRESH_LIFETIME = timedelta(days=30)
LOGIN_LIFETIME = timedelta(days=90)
"""However often it is refreshed; then the password is needed again."""
STORED_TOKENS = 100
"""Of a login: the newest. A copy of a spent token is noticed for at least as long as it takes to spend so many."""
REFRESHES = Limit("refresh", 30, timedelta(minutes=1))
LOST_ANSWER = timedelta(seconds=10)
"""For which a browser's spent token is good again: a page that is left while it refreshes never sees the answer."""
NEVER = timedelta()

PRUNE = """
    DELETE FROM refresh_token WHERE login_id = %(login)s AND hash IN (
        SELECT hash FROM refresh_token WHERE login_id = %(login)s AND spent_at IS NOT NULL
        ORDER BY created_at DESC OFFSET %(stored)s
    )"""
SWEEP = """
    WITH oldest AS MATERIALIZED (  -- as a subquery it could run once for each row, each time with its own limit
        SELECT hash FROM refresh_token WHERE expires_at < statement_timestamp() ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED
    ), old AS (
        DELETE FROM refresh_token USING oldest WHERE refresh_token.hash = oldest.hash RETURNING refresh_token.hash, login_id
    )
    DELETE FROM login WHERE id IN (SELECT login_id FROM old)
    AND NOT EXISTS (SELECT FROM refresh_token WHERE login_id = login.id AND hash NOT IN (SELECT hash FROM old))"""


@dataclass(frozen=True, slots=True)
class TokenPair:
    access: str
    refresh: str
    token_type: str = "Bearer"  # noqa: S105
    expires_in: int = ACCESS_SECONDS


def sign_in(*, email: str, password: str, address: str) -> TokenPair:
    """Raises InvalidCredentials; TooManySignIns or Busy before the password is checked."""
    user = User.objects.with_email(email).first()
    if not passwords.prove(user, email=email, password=password, address=address) or user is None:
        raise InvalidCredentials
    return _begin(user)


def refresh(*, refresh: str, grace: timedelta = NEVER) -> TokenPair:
    """Spend a refresh token for the next pair. Raises RateLimited, or InvalidRefreshToken, and ends the login of one already spent.

    One spent within `grace` is taken once more, and what it was spent for is spent with it: whoever has that is noticed.
    """
    token = RefreshToken.objects.select_related("login__user").filter(hash=_hash(refresh)).first()
    if token is None or token.login.ended_at or not token.login.user.is_active:
        raise InvalidRefreshToken
    REFRESHES.hit(str(token.login_id))
    with transaction.atomic():
        if _spend(token) or (grace and _spend_next(token, grace)):
            return _pair(token.login)
    _end(Q(pk=token.login_id))
    raise InvalidRefreshToken


def revoke(*, refresh: str) -> None:
    """End the login of a refresh token, whether spent or not; there may be none."""
    _end(Q(refresh_tokens__hash=_hash(refresh)))


def end_all(*, user_id: UUID, keep: UUID | None = None) -> None:
    """End the logins of a user, but for one that may be kept."""
    _end(Q(user_id=user_id) & ~Q(pk=keep) if keep else Q(user_id=user_id))


def open_login(*, login_id: UUID, user_id: UUID) -> Login | None:
    """With its user; None when the login is over, or the account closed or deactivated."""
    rows = Login.objects.select_related("user")
    return rows.filter(pk=login_id, user_id=user_id, ended_at=None, user__is_active=True).first()


@transaction.atomic
def _begin(checked: User) -> TokenPair:
    """The account may have changed since its password was checked; it is locked, so that a change ends this login too."""
    unchanged = User.objects.filter(pk=checked.pk, password=checked.password, is_active=True)
    user = unchanged.select_for_update(no_key=True).first()
    if user is None:
        raise InvalidCredentials
    return _pair(Login.objects.create(user=user))


def _spend(token: RefreshToken) -> bool:
    """Whether it could still be spent: of two that try at once, one can."""
    unspent = RefreshToken.objects.filter(pk=token.pk, spent_at=None, expires_at__gt=Now())
    return unspent.update(spent_at=Now()) == 1


def _spend_next(token: RefreshToken, grace: timedelta) -> bool:
    """The login's unspent token, for one that was spent just now. One after the other: each has to see what the last one left."""
    Login.objects.select_for_update(no_key=True).get(pk=token.login_id)
    of_login = RefreshToken.objects.filter(login=token.login_id, expires_at__gt=Now())
    if not of_login.filter(pk=token.pk, spent_at__gt=Now() - grace).exists():
        return False
    return of_login.filter(spent_at=None).update(spent_at=Now()) == 1


def _pair(login: Login) -> TokenPair:
    refresh = secrets.token_urlsafe(32)
    expires_at = Least(Now() + REFRESH_LIFETIME, Value(login.created_at + LOGIN_LIFETIME))
    RefreshToken.objects.create(hash=_hash(refresh), login=login, expires_at=expires_at)
    _purge(login)
    return TokenPair(access=_access_token(login), refresh=refresh)


def _access_token(login: Login) -> str:
    now = int(time.time())
    claims = {
        "iss": settings.JWT_ISSUER,
        "aud": settings.JWT_AUDIENCE,
        "sub": str(login.user_id),
        "role": login.user.role,
        "sid": str(login.pk),
        "iat": now,
        "exp": now + ACCESS_SECONDS,
        "jti": uuid4().hex,
    }
    return keys.sign(claims)


def _end(which: Q) -> None:
    Login.objects.filter(which, ended_at=None).update(ended_at=Now())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _purge(login: Login) -> None:
    """Delete the login's oldest spent tokens, some expired tokens of all, and the logins that have no other."""
    with connection.cursor() as cursor:
        cursor.execute(PRUNE, {"login": login.pk, "stored": STORED_TOKENS})
        cursor.execute(SWEEP, [SWEPT_AT_ONCE])

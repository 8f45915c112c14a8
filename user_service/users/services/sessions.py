"""Signing in, refreshing tokens, signing out.

A session issues one refresh token after another, each usable once. If a token is used twice, it has
been copied, and the service cannot tell the owner from the attacker: it ends the session.
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

from users.errors import InvalidCredentials, InvalidRefreshToken
from users.models import RefreshToken, Session, User
from users.services import key_store, passwords
from users.services.cleanup import PURGE_BATCH
from users.services.rate_limit import Limit

ACCESS_TOKEN_SECONDS = 15 * 60
REFRESH_LIFETIME = timedelta(days=30)
SESSION_LIFETIME = timedelta(days=90)
"""Regardless of refreshes; afterwards the password is required again."""
MAX_STORED_TOKENS = 100
"""Used tokens per session. The reuse of an older one is rejected but does not end the session."""
REFRESH_LIMIT = Limit("refresh", 30, timedelta(minutes=1))
REUSE_INTERVAL = timedelta(seconds=10)
"""A browser may reuse a token for this long: leaving a page during a refresh loses the response."""
NO_GRACE = timedelta()

PURGE_USED = """
    DELETE FROM refresh_token WHERE session_id = %(session)s AND hash IN (
        SELECT hash FROM refresh_token WHERE session_id = %(session)s AND used_at IS NOT NULL
        ORDER BY created_at DESC OFFSET %(stored)s
    )"""
PURGE_EXPIRED = """
    WITH expired AS MATERIALIZED (  -- an inlined subquery could run once per row with its own LIMIT
        SELECT hash FROM refresh_token WHERE expires_at < statement_timestamp()
        ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED
    ), deleted AS (
        DELETE FROM refresh_token USING expired WHERE refresh_token.hash = expired.hash
        RETURNING refresh_token.hash, session_id
    )
    DELETE FROM session WHERE id IN (SELECT session_id FROM deleted)
    AND NOT EXISTS (
        SELECT FROM refresh_token
        WHERE session_id = session.id AND hash NOT IN (SELECT hash FROM deleted)
    )"""


@dataclass(frozen=True, slots=True)
class TokenPair:
    access: str
    refresh: str
    token_type: str = "Bearer"  # noqa: S105
    expires_in: int = ACCESS_TOKEN_SECONDS


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def sign_in(*, email: str, password: str, address: str) -> TokenPair:
    """Raises InvalidCredentials; LoginThrottled or HashPoolFull before it checks the password."""
    user = User.objects.with_email(email).first()
    is_valid = passwords.verify_password(user, email=email, password=password, address=address)
    if user is None or not is_valid:
        raise InvalidCredentials
    return _create_session(user)


def refresh(*, refresh: str, grace: timedelta = NO_GRACE) -> TokenPair:
    """Exchange a refresh token for the next pair; the reuse of one ends its session.

    Within `grace` a used token is accepted once more. That consumes its successor too, so a second
    holder is still detected. Raises RateLimited or InvalidRefreshToken.
    """
    tokens = RefreshToken.objects.select_related("session__user")
    token = tokens.filter(hash=hash_token(refresh)).first()
    if token is None or token.session.ended_at or not token.session.user.is_active:
        raise InvalidRefreshToken
    REFRESH_LIMIT.hit(str(token.session_id))
    with transaction.atomic():
        if _consume(token) or (grace and _consume_successor(token, grace)):
            return _issue_tokens(token.session)
    _end(Q(pk=token.session_id))
    raise InvalidRefreshToken


def revoke(*, refresh: str) -> None:
    """End the session of a refresh token, used or not; does nothing for an unknown token."""
    _end(Q(refresh_tokens__hash=hash_token(refresh)))


def revoke_all(*, user_id: UUID, keep: UUID | None = None) -> None:
    """End the sessions of a user, except `keep`."""
    _end(Q(user_id=user_id) & ~Q(pk=keep) if keep else Q(user_id=user_id))


@transaction.atomic
def _create_session(checked: User) -> TokenPair:
    """Locks the account, so that a change of its password ends this session too.

    Raises InvalidCredentials if the account has changed since its password was checked.
    """
    unchanged = User.objects.filter(pk=checked.pk, password=checked.password, is_active=True)
    user = unchanged.select_for_update(no_key=True).first()
    if user is None:
        raise InvalidCredentials
    return _issue_tokens(Session.objects.create(user=user))


def _consume(token: RefreshToken) -> bool:
    """Whether the token was unused. Of two concurrent calls one returns True."""
    unused = RefreshToken.objects.filter(pk=token.pk, used_at=None, expires_at__gt=Now())
    return unused.update(used_at=Now()) == 1


def _consume_successor(token: RefreshToken, grace: timedelta) -> bool:
    """Consume the session's unused token if `token` was used within `grace`.

    Locks the session: each call has to see the token that the previous call issued.
    """
    Session.objects.select_for_update(no_key=True).get(pk=token.session_id)
    unexpired = RefreshToken.objects.filter(session=token.session_id, expires_at__gt=Now())
    if not unexpired.filter(pk=token.pk, used_at__gt=Now() - grace).exists():
        return False
    return unexpired.filter(used_at=None).update(used_at=Now()) == 1


def _issue_tokens(session: Session) -> TokenPair:
    refresh = secrets.token_urlsafe(32)
    expires_at = Least(Now() + REFRESH_LIFETIME, Value(session.created_at + SESSION_LIFETIME))
    RefreshToken.objects.create(hash=hash_token(refresh), session=session, expires_at=expires_at)
    _purge(session)
    return TokenPair(access=_access_token(session), refresh=refresh)


def _access_token(session: Session) -> str:
    now = int(time.time())
    claims = {
        "iss": settings.JWT_ISSUER,
        "aud": settings.JWT_AUDIENCE,
        "sub": str(session.user_id),
        "role": session.user.role,
        "sid": str(session.pk),
        "iat": now,
        "exp": now + ACCESS_TOKEN_SECONDS,
        "jti": uuid4().hex,
    }
    return key_store.sign(claims)


def _end(condition: Q) -> None:
    Session.objects.filter(condition, ended_at=None).update(ended_at=Now())


def _purge(session: Session) -> None:
    """Delete the session's oldest used tokens, and some expired tokens and their empty sessions."""
    with connection.cursor() as cursor:
        cursor.execute(PURGE_USED, {"session": session.pk, "stored": MAX_STORED_TOKENS})
        cursor.execute(PURGE_EXPIRED, [PURGE_BATCH])

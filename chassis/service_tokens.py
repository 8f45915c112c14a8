"""Service-to-service authentication: a JWT (HS256) valid for a minute, for one audience and scope.

Each pair of services has its own key, so a service cannot use its callers' keys to call others.
"""

import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import uuid4

import jwt

from chassis.tokens import is_canonical

ALGORITHM = "HS256"
LIFETIME_SECONDS = 60
REQUIRED: Any = {"require": ["iss", "aud", "scope", "exp", "iat"]}


class ServiceTokens:
    """Tokens that one service sends to another for one scope; renewed at half their lifetime."""

    def __init__(self, key: str, *, issuer: str, audience: str, scope: str) -> None:
        self._key, self._claims = key, {"iss": issuer, "aud": audience, "scope": scope}
        self._token, self._renew_at = "", 0.0

    def current(self) -> str:
        now = time.time()
        if now >= self._renew_at:
            self._token, self._renew_at = self._issue(int(now)), now + LIFETIME_SECONDS / 2
        return self._token

    def _issue(self, now: int) -> str:
        claims = {"iat": now, "exp": now + LIFETIME_SECONDS, "jti": uuid4().hex}
        return jwt.encode(self._claims | claims, self._key, algorithm=ALGORITHM)


@lru_cache(maxsize=4096)
def is_service_token(token: str) -> bool:
    """Whether it claims to be a service token, by its algorithm. Does not verify it."""
    try:
        return jwt.get_unverified_header(token).get("alg") == ALGORITHM
    except jwt.PyJWTError:
        return False


def verify(token: str, *, keys: Mapping[str, str], audience: str) -> tuple[str, str]:
    """Issuer and scope. `keys` has the key of each issuer. Raises jwt.PyJWTError."""
    claims = _verified(token, tuple(keys.items()), audience)
    if claims["exp"] <= time.time():
        raise jwt.ExpiredSignatureError("The token has expired")
    return str(claims["iss"]), str(claims["scope"])


@lru_cache(maxsize=256)
def _verified(token: str, keys: tuple[tuple[str, str], ...], audience: str) -> dict[str, Any]:
    """Cached: only the expiry has to be checked on each call."""
    key = _key_of(token, dict(keys))
    claims: dict[str, Any] = jwt.decode(
        token, key, algorithms=[ALGORITHM], audience=audience, options=REQUIRED
    )
    if isinstance(claims["exp"], str) or isinstance(claims["iat"], str):
        raise jwt.DecodeError("exp and iat have to be numbers (RFC 7519, section 2: NumericDate)")
    if claims["exp"] - claims["iat"] > LIFETIME_SECONDS:
        raise jwt.InvalidTokenError("The lifetime of the token is too long")
    return claims


def _key_of(token: str, keys: Mapping[str, str]) -> str:
    """The key of the issuer that the token names; the signature then verifies the issuer."""
    issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
    if not isinstance(issuer, str) or issuer not in keys or not is_canonical(token):
        raise jwt.InvalidIssuerError("Unknown issuer")
    return keys[issuer]

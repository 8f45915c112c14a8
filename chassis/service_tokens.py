"""How one service proves to another who it is: a JWT (HS256) that lives a minute, for one audience and one kind of operation.

Each pair of services has a key of its own, so a service that knows the key of its callers cannot sign calls to another one.
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
    """The tokens that one service sends to one other, for one scope; renewed when half of their life is over."""

    def __init__(self, key: str, *, issuer: str, audience: str, scope: str) -> None:
        self._key, self._claims = key, {"iss": issuer, "aud": audience, "scope": scope}
        self._token, self._good_until = "", 0.0

    def current(self) -> str:
        now = time.time()
        if now >= self._good_until:
            self._token, self._good_until = self._issue(int(now)), now + LIFETIME_SECONDS / 2
        return self._token

    def _issue(self, now: int) -> str:
        claims = {"iat": now, "exp": now + LIFETIME_SECONDS, "jti": uuid4().hex}
        return jwt.encode(self._claims | claims, self._key, algorithm=ALGORITHM)


@lru_cache(maxsize=4096)
def is_service_token(token: str) -> bool:
    """Which of the two kinds of token this claims to be; says nothing of whether it is valid."""
    try:
        return jwt.get_unverified_header(token).get("alg") == ALGORITHM
    except jwt.PyJWTError:
        return False


def verify(token: str, *, keys: Mapping[str, str], audience: str) -> tuple[str, str]:
    """Issuer and scope. `keys`: by the issuer that may use each. Raises jwt.PyJWTError."""
    claims = _verified(token, tuple(keys.items()), audience)
    if claims["exp"] <= time.time():
        raise jwt.ExpiredSignatureError("The token has expired")
    return str(claims["iss"]), str(claims["scope"])


@lru_cache(maxsize=256)
def _verified(token: str, keys: tuple[tuple[str, str], ...], audience: str) -> dict[str, Any]:
    """Cached, since a signature that was valid stays valid; only its expiry is checked each time."""
    key = _key_of(token, dict(keys))
    claims: dict[str, Any] = jwt.decode(
        token, key, algorithms=[ALGORITHM], audience=audience, options=REQUIRED
    )
    if isinstance(claims["exp"], str) or isinstance(claims["iat"], str):
        raise jwt.DecodeError("A text is no date (RFC 7519, section 2: NumericDate)")
    if claims["exp"] - claims["iat"] > LIFETIME_SECONDS:
        raise jwt.InvalidTokenError("The token lives longer than a service's token may")
    return claims


def _key_of(token: str, keys: Mapping[str, str]) -> str:
    """That of the issuer which the token names; the signature then shows whether it is true."""
    issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
    if not isinstance(issuer, str) or issuer not in keys or not is_canonical(token):
        raise jwt.InvalidIssuerError("No key of this issuer is known here")
    return keys[issuer]

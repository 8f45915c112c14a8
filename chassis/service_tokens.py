"""How one service proves to another who it is: a JWT (HS256) that lives a minute and is good for one audience."""

import time
from functools import lru_cache
from typing import Any
from uuid import uuid4

import jwt

ALGORITHM = "HS256"
LIFETIME_SECONDS = 60


class ServiceTokens:
    """The tokens that one service shows to one other, made anew when half of their life is over."""

    def __init__(self, key: str, *, issuer: str, audience: str) -> None:
        self._key, self._issuer, self._audience = key, issuer, audience
        self._token, self._good_until = "", 0.0

    def current(self) -> str:
        now = time.time()
        if now >= self._good_until:
            self._token, self._good_until = self._issue(int(now)), now + LIFETIME_SECONDS / 2
        return self._token

    def _issue(self, now: int) -> str:
        claims = {"iss": self._issuer, "aud": self._audience, "iat": now, "exp": now + LIFETIME_SECONDS, "jti": uuid4().hex}
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)


@lru_cache(maxsize=4096)
def is_service_token(token: str) -> bool:
    """Which of the two kinds of token this claims to be; says nothing of whether it is right."""
    try:
        return jwt.get_unverified_header(token).get("alg") == ALGORITHM
    except jwt.PyJWTError:
        return False


def verify(token: str, *, key: str, audience: str) -> str:
    """The issuer's name. Raises jwt.PyJWTError."""
    claims = _verified(token, key, audience)
    if claims["exp"] <= time.time():
        raise jwt.ExpiredSignatureError("The token has expired")
    return str(claims["iss"])


@lru_cache(maxsize=256)
def _verified(token: str, key: str, audience: str) -> dict[str, Any]:
    """Remembered, since a signature that was right stays right; only its expiry is looked at each time."""
    required = {"require": ["iss", "aud", "exp", "iat"]}
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=[ALGORITHM], audience=audience, options=required)  # type: ignore[arg-type]
    if isinstance(claims["exp"], str) or isinstance(claims["iat"], str):
        raise jwt.DecodeError("A text is no date (RFC 7519, section 2: NumericDate)")
    if claims["exp"] - claims["iat"] > LIFETIME_SECONDS:
        raise jwt.InvalidTokenError("The token lives longer than a service's token may")
    return claims

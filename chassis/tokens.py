"""Verifies access tokens: JWTs (RFC 7519) signed with RS256, with public keys (JWKS, RFC 7517)."""

import logging
import threading
import time
from functools import cache, lru_cache
from typing import Any, Protocol
from uuid import UUID

import jwt
import orjson
import requests
from django.conf import settings
from django.utils.module_loading import import_string
from jwt.utils import base64url_decode, base64url_encode

from chassis import requests_with_deadline
from chassis.problems import ServiceUnavailable

log = logging.getLogger(__name__)

ALGORITHM = "RS256"
CLOCK_SKEW = 10
REFRESH_INTERVAL = 30
"""Much shorter than the time between publishing a key and its first use."""
RETRY_INTERVAL = 0.25
"""Until the first keys are fetched: services start in parallel with the issuer."""
UNKNOWN_KEY_INTERVAL = 5.0
"""Min time between fetches for unknown key ids, so that invented ids do not load the issuer."""


class InvalidToken(Exception):
    """The token is malformed, expired or not signed with a known key."""


class KeyProvider(Protocol):
    def get_key(self, key_id: str) -> Any:
        """The public key or None. Raises ServiceUnavailable if no keys were fetched yet."""


class JWKSClient:
    """Fetches the issuer's keys from settings.JWKS_URL, and keeps them while it is unavailable."""

    def __init__(self) -> None:
        self._keys: dict[str, Any] = {}
        self._fetched_at = float("-inf")
        self._outcome = ""
        self._lock = threading.Lock()

    def get_key(self, key_id: str) -> Any:
        if key_id not in self._keys:
            self._fetch_if_due()
        if not self._keys:
            raise ServiceUnavailable(
                "token issuer", "The keys that verify access tokens have not been fetched yet."
            )
        return self._keys.get(key_id)

    def start_refresh_thread(self) -> None:
        """Fetch periodically in a thread, so that requests do not wait for the keys."""
        threading.Thread(target=self._run, name="jwks", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._lock:
                self._fetch()
            time.sleep(REFRESH_INTERVAL if self._keys else RETRY_INTERVAL)

    def _fetch_if_due(self) -> None:
        """Without any keys each request fetches, except those that waited for another's fetch."""
        arrived = time.monotonic()
        with self._lock:
            if arrived > self._fetched_at + (UNKNOWN_KEY_INTERVAL if self._keys else 0):
                self._fetch()

    def _fetch(self) -> None:
        try:
            response = requests_with_deadline.get(settings.JWKS_URL, timeout=2.0)
            response.raise_for_status()
            keys = jwt.PyJWKSet.from_dict(orjson.loads(response.content)).keys
            self._keys = {key.key_id: key.key for key in keys if key.key_id}
            self._report("fetched")
        except (requests.RequestException, jwt.PyJWTError, ValueError, AttributeError) as error:
            self._report(f"not fetched: {type(error).__name__}")
        self._fetched_at = time.monotonic()

    def _report(self, outcome: str) -> None:
        """Log changes only: one line for an outage of the issuer."""
        if outcome != self._outcome:
            log.info("keys of the token issuer %s", outcome)
        self._outcome = outcome


@cache
def get_key_provider() -> KeyProvider:
    found: KeyProvider = import_string(settings.JWT_KEY_PROVIDER)()
    return found


def is_canonical(token: str) -> bool:
    """Whether it is three parts of base64url as in RFC 7515. Decoders accept more spellings."""
    parts = token.encode().split(b".")
    try:
        return len(parts) == 3 and all(
            base64url_encode(base64url_decode(part)) == part for part in parts
        )
    except ValueError:
        return False


def verify(token: str) -> dict[str, Any]:
    """The claims of a valid token. Raises InvalidToken, or ServiceUnavailable without keys."""
    claims = _verified(token)
    if claims["exp"] <= time.time():
        raise InvalidToken("The access token has expired")
    return claims


@lru_cache(maxsize=4096)
def _verified(token: str) -> dict[str, Any]:
    """Cached: only the expiry has to be checked on each call."""
    try:
        if not is_canonical(token):
            raise InvalidToken("The access token is not valid")
        key = get_key_provider().get_key(str(jwt.get_unverified_header(token).get("kid", "")))
        if key is None:
            raise InvalidToken("The access token is signed with an unknown key")
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=settings.JWT_ISSUER,
            audience=settings.JWT_AUDIENCE,
            leeway=CLOCK_SKEW,
            options={"require": ["exp", "iat", "sub", "role", "jti"]},
        )
        UUID(claims["sub"])
        if isinstance(claims["exp"], str):
            raise InvalidToken("The access token's exp is not a number")
    except jwt.ExpiredSignatureError as error:
        raise InvalidToken("The access token has expired") from error
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:
        raise InvalidToken("The access token is not valid") from error
    return claims

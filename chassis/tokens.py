"""Access tokens: JWTs (RFC 7519) signed with RS256, verified against a set of public keys (JWKS, RFC 7517)."""

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
CLOCK_SKEW_SECONDS = 10
REFRESH_SECONDS = 30
"""Well within the time for which an issuer publishes a key before it signs with it: should it be away then, all know the key."""
RETRY_SECONDS = 0.25
"""While no key was ever seen, in the background: services start side by side, and all are to work as soon as the issuer does."""
UNKNOWN_KEY_SECONDS = 5.0
"""Ask again for a key that nobody knows at most this often, so that invented key ids cost the issuer nothing."""


class InvalidToken(Exception):
    """The token is malformed, expired, or signed by nobody we know."""


class KeyProvider(Protocol):
    def get_key(self, key_id: str) -> Any:
        """The public key of that id, or None. Raises ServiceUnavailable when no key was ever seen."""


class JWKSClient:
    """The issuer's key set, fetched from settings.JWKS_URL, kept for as long as the issuer is out of reach."""

    def __init__(self) -> None:
        self._keys: dict[str, Any] = {}
        self._asked = float("-inf")
        self._outcome = ""
        self._lock = threading.Lock()

    def get_key(self, key_id: str) -> Any:
        if key_id not in self._keys:
            self._fetch_if_due()
        if not self._keys:
            raise ServiceUnavailable(
                "token issuer", "The keys that verify access tokens could not be had yet."
            )
        return self._keys.get(key_id)

    def start_refresh_thread(self) -> None:
        """Fetch now and then from a thread of its own, so that requests find the keys ready."""
        threading.Thread(target=self._run, name="jwks", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._lock:
                self._fetch()
            time.sleep(REFRESH_SECONDS if self._keys else RETRY_SECONDS)

    def _fetch_if_due(self) -> None:
        """While no key was ever seen each request asks by itself, but for those that waited here for the outcome of another's."""
        came = time.monotonic()
        with self._lock:
            if came > self._asked + (UNKNOWN_KEY_SECONDS if self._keys else 0):
                self._fetch()

    def _fetch(self) -> None:
        try:
            answer = requests_with_deadline.get(settings.JWKS_URL, timeout=2.0)
            answer.raise_for_status()
            keys = jwt.PyJWKSet.from_dict(orjson.loads(answer.content)).keys
            self._keys = {key.key_id: key.key for key in keys if key.key_id}
            self._report("fetched")
        except (requests.RequestException, jwt.PyJWTError, ValueError, AttributeError) as error:
            self._report(f"not fetched: {type(error).__name__}")
        self._asked = time.monotonic()

    def _report(self, outcome: str) -> None:
        """Each change once: an issuer that is away for an hour is one line."""
        if outcome != self._outcome:
            log.info("keys of the token issuer %s", outcome)
        self._outcome = outcome


@cache
def get_key_provider() -> KeyProvider:
    found: KeyProvider = import_string(settings.JWT_KEY_PROVIDER)()
    return found


def is_canonical(token: str) -> bool:
    """Whether it has three parts of base64url as RFC 7515 writes them. Decoders are lenient: padding, foreign characters."""
    parts = token.encode().split(b".")
    try:
        return len(parts) == 3 and all(
            base64url_encode(base64url_decode(part)) == part for part in parts
        )
    except ValueError:
        return False


def verify(token: str) -> dict[str, Any]:
    """The claims of a valid token. Raises InvalidToken, or ServiceUnavailable when no key was ever seen."""
    claims = _verified(token)
    if claims["exp"] <= time.time():
        raise InvalidToken("The access token has expired")
    return claims


@lru_cache(maxsize=4096)
def _verified(token: str) -> dict[str, Any]:
    """Remembered, since a signature that was right stays right; only its expiry is looked at each time."""
    try:
        if not is_canonical(token):
            raise InvalidToken("The access token is not valid")
        key = get_key_provider().get_key(str(jwt.get_unverified_header(token).get("kid", "")))
        if key is None:
            raise InvalidToken("The access token is signed with a key that nobody here knows")
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=settings.JWT_ISSUER,
            audience=settings.JWT_AUDIENCE,
            leeway=CLOCK_SKEW_SECONDS,
            options={"require": ["exp", "iat", "sub", "role", "jti"]},
        )
        UUID(claims["sub"])
        if isinstance(claims["exp"], str):
            raise InvalidToken("The access token's expiry is a text")
    except jwt.ExpiredSignatureError as error:
        raise InvalidToken("The access token has expired") from error
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:
        raise InvalidToken("The access token is not valid") from error
    return claims

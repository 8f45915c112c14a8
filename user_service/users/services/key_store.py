"""A process's cache of the signing keys: reloaded from the database, decrypted once."""

import threading
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from chassis import tokens
from chassis.problems import ServiceUnavailable
from users.models import SigningKey
from users.services import signing_keys

RELOAD_INTERVAL = 5.0  # seconds
UNKNOWN_KEY_RELOAD_INTERVAL = 1.0
"""Shorter, because an unknown key may be new; an invented one costs at most a query per second."""


class DatabaseKeys:
    """settings.JWT_KEY_PROVIDER of the service that stores the keys."""

    def __init__(self) -> None:
        self._public: dict[str, Any] = {}
        self._private: dict[str, RSAPrivateKey | None] = {}
        self._signing_kid = ""
        self._loaded_at = float("-inf")
        self._lock = threading.Lock()

    def get_key(self, key_id: str) -> Any:
        self._reload_if_due(is_known=key_id in self._public)
        return self._public.get(key_id)

    def sign(self, claims: dict[str, Any]) -> str:
        """Raises ServiceUnavailable when there is no key to sign with."""
        self._reload_if_due(is_known=bool(self._signing_kid))
        with self._lock:
            kid, key = self._signing_kid, self._private.get(self._signing_kid)
        if key is None:
            raise ServiceUnavailable(
                "signing key",
                "There is no key to sign tokens with; `manage.py bootstrap` creates one.",
            )
        return jwt.encode(claims, key, algorithm=tokens.ALGORITHM, headers={"kid": kid})

    def _reload_if_due(self, *, is_known: bool) -> None:
        interval = RELOAD_INTERVAL if is_known else UNKNOWN_KEY_RELOAD_INTERVAL
        with self._lock:
            if time.monotonic() - self._loaded_at >= interval:
                self._load()
                self._loaded_at = time.monotonic()

    def _load(self) -> None:
        keys = list(SigningKey.objects.published().with_activation())
        self._public = {key.kid: jwt.PyJWK(key.public_jwk).key for key in keys}
        self._private = {
            key.kid: self._private.get(key.kid) or signing_keys.private_key(key) for key in keys
        }
        usable = [key for key in keys if self._private[key.kid]]
        active = [key for key in usable if key.is_active]
        # Without an active key the oldest one signs: most verifiers have loaded it.
        chosen = active[-1:] or usable[:1]
        self._signing_kid = chosen[0].kid if chosen else ""


def sign(claims: dict[str, Any]) -> str:
    """A signed JWT."""
    keys = tokens.get_key_provider()
    if not isinstance(keys, DatabaseKeys):
        raise TypeError("settings.JWT_KEY_PROVIDER of this service has to be DatabaseKeys")
    return keys.sign(claims)

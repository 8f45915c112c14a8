"""The signing keys as a process knows them: read from the database now and then, decrypted once."""

import threading
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from chassis import tokens
from chassis.problems import ServiceUnavailable
from users.models import SigningKey
from users.services import signing_keys

LOOK_SECONDS = 5.0
LOOK_FOR_UNKNOWN_SECONDS = 1.0
"""A key this process has not seen may be new; an invented one costs a look a second at most."""


class LocalKeys:
    """settings.JWT_KEY_PROVIDER of the one service that has the keys itself."""

    def __init__(self) -> None:
        self._public: dict[str, Any] = {}
        self._private: dict[str, RSAPrivateKey | None] = {}
        self._signing = ""
        self._looked = float("-inf")
        self._lock = threading.Lock()

    def get_key(self, key_id: str) -> Any:
        self._look(LOOK_SECONDS if key_id in self._public else LOOK_FOR_UNKNOWN_SECONDS)
        return self._public.get(key_id)

    def sign(self, claims: dict[str, Any]) -> str:
        """Raises ServiceUnavailable when there is no key to sign with."""
        self._look(LOOK_SECONDS if self._signing else LOOK_FOR_UNKNOWN_SECONDS)
        with self._lock:
            kid, key = self._signing, self._private.get(self._signing)
        if key is None:
            raise ServiceUnavailable(
                "signing key",
                "There is no key to sign tokens with; `manage.py bootstrap` makes one.",
            )
        return jwt.encode(claims, key, algorithm=tokens.ALGORITHM, headers={"kid": kid})

    def _look(self, at_most_every: float) -> None:
        with self._lock:
            if time.monotonic() - self._looked >= at_most_every:
                self._read()
                self._looked = time.monotonic()

    def _read(self) -> None:
        rows = list(SigningKey.objects.published().with_ripeness())
        self._public = {row.kid: jwt.PyJWK(row.public_jwk).key for row in rows}
        self._private = {
            row.kid: self._private.get(row.kid) or signing_keys.private_key(row) for row in rows
        }
        usable = [row for row in rows if self._private[row.kid]]
        ripe = [row for row in usable if row.is_ripe]
        chosen = (
            ripe[-1:] or usable[:1]
        )  # where none is ripe, the one that the fewest have yet to hear of
        self._signing = chosen[0].kid if chosen else ""


def sign(claims: dict[str, Any]) -> str:
    """A signed JWT."""
    keys = tokens.get_key_provider()
    if not isinstance(keys, LocalKeys):
        raise TypeError("settings.JWT_KEY_PROVIDER of this service has to be LocalKeys")
    return keys.sign(claims)

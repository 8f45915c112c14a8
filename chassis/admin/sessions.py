"""settings.SESSION_ENGINE: the session is a cookie that only this service can read.

It holds the tokens of a login, and a browser shows a cookie to every port of a host: signed alone, it would be readable by whoever
answers on another one.
"""

import json
from base64 import urlsafe_b64encode
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib.sessions.backends import signed_cookies
from django.utils.crypto import salted_hmac


class SessionStore(signed_cookies.SessionStore):
    def load(self) -> dict[str, Any]:
        try:
            text = _cipher().decrypt(str(self.session_key).encode(), ttl=self.get_session_cookie_age())
            held: dict[str, Any] = json.loads(text)
        except (InvalidToken, ValueError):
            self.create()
            return {}
        return held

    def _get_session_key(self) -> str:
        return _cipher().encrypt(json.dumps(self._session).encode()).decode()  # type: ignore[attr-defined]


@cache
def _cipher() -> Fernet:
    salt = f"chassis.admin.sessions.{settings.SERVICE_NAME}"
    return Fernet(urlsafe_b64encode(salted_hmac(salt, "session", algorithm="sha256").digest()))

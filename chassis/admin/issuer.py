"""Asking whoever has the accounts: signing in, staying signed in, signing out."""

import logging
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import requests
from django.conf import settings
from django.utils.module_loading import import_string

from chassis import context
from chassis.problems import Problem, ServiceUnavailable, TooManyRequests, Unauthenticated

log = logging.getLogger(__name__)

CONNECT_SECONDS = 0.5
ANSWER_SECONDS = 4.0
"""To check a password is slow by design, and several may be waiting."""


@dataclass(frozen=True, slots=True)
class Tokens:
    access: str
    refresh: str


class Issuer(Protocol):
    """Each raises Unauthenticated, TooManyRequests or ServiceUnavailable, with words for the person at the desk."""

    def sign_in(self, *, email: str, password: str, address: str) -> Tokens: ...

    def renew(self, *, refresh: str) -> Tokens: ...

    def end(self, *, refresh: str) -> None: ...


class Away(ServiceUnavailable):
    def __init__(self) -> None:
        super().__init__(
            "token issuer",
            "The service that keeps the accounts is out of reach, so nobody can be signed in. Try again in a moment.",
        )


class TooManyTries(TooManyRequests):
    code = "too_many_sign_ins"


class RemoteIssuer:
    """settings.ISSUER of the services that have no accounts: settings.TOKEN_URL and the addresses below it."""

    def sign_in(self, *, email: str, password: str, address: str) -> Tokens:
        return _tokens(_post("", email=email, password=password))

    def renew(self, *, refresh: str) -> Tokens:
        return _tokens(_post("refresh/", refresh=refresh))

    def end(self, *, refresh: str) -> None:
        _post("revoke/", refresh=refresh)


@cache
def issuer() -> Issuer:
    found: Issuer = import_string(settings.ISSUER)()
    return found


def _post(path: str, **body: str) -> Any:
    try:
        answer = requests.post(
            f"{settings.TOKEN_URL}{path}",
            json=body,
            headers=context.current().headers,
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            allow_redirects=False,
        )
        said = answer.json() if answer.content else None
    except (requests.RequestException, ValueError) as error:
        log.warning("token issuer: %s", type(error).__name__)
        raise Away from error
    if not answer.ok or answer.is_redirect:
        raise _refusal(answer.status_code, said)
    return said


def _refusal(status: int, said: Any) -> Problem:
    """Its no in its own words, if it is one of the two that a person can do something about."""
    words = str(said["detail"]) if isinstance(said, dict) and isinstance(said.get("detail"), str) else ""
    if status in {400, 401}:
        return Unauthenticated(words if status == 401 else "There is no account with this e-mail address and password.")
    if status == 429:
        return TooManyTries(words)
    log.warning("token issuer: answered %s", status)
    return Away()


def _tokens(said: Any) -> Tokens:
    try:
        return Tokens(access=str(said["access"]), refresh=str(said["refresh"]))
    except (KeyError, TypeError) as error:
        log.warning("token issuer: answered nonsense")
        raise Away from error

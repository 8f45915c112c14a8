"""Signing in at the user service. The session holds the tokens; there is no other password."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn, cast
from uuid import UUID

import requests
from django.conf import settings
from django.contrib.auth import load_backend, user_logged_in, user_logged_out
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.dispatch import receiver
from django.http import HttpRequest
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.settings import api_settings

from chassis import context
from chassis.problems import (
    NotAllowed,
    Problem,
    ServiceUnavailable,
    TooManyRequests,
    Unauthenticated,
)

log = logging.getLogger(__name__)

CONNECT_SECONDS = 0.5
ANSWER_SECONDS = 4.0
"""Checking a password is slow by design, and several may be waiting."""


@dataclass(frozen=True, slots=True)
class Tokens:
    access: str
    refresh: str


class NotStaff(NotAllowed):
    detail = "This account is not a staff account."


class TooManyLoginAttempts(TooManyRequests):
    code = "too_many_sign_ins"


class AuthServiceUnavailable(ServiceUnavailable):
    def __init__(self) -> None:
        super().__init__("user service", "The user service is unreachable. Try again in a moment.")


class StaffBackend(ModelBackend):
    """Each method raises Unauthenticated, TooManyLoginAttempts or AuthServiceUnavailable."""

    def login(self, *, email: str, password: str, address: str) -> Tokens:
        raise NotImplementedError

    def refresh(self, token: str) -> Tokens:
        raise NotImplementedError

    def revoke(self, token: str) -> None:
        raise NotImplementedError

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        """The local row has the account's id and no password: what it may do is decided here."""
        email, address = username or "", request.META["REMOTE_ADDR"]
        tokens = self.login(email=email, password=password or "", address=address)
        account = verify(tokens.access)
        if not account.is_staff:
            self.revoke(tokens.refresh)
            raise NotStaff
        rights = {"password": "!", "is_staff": True, "is_superuser": True}
        user, _ = User.objects.get_or_create(username=str(account.id), defaults=rights)
        user.session = {"access": tokens.access, "refresh": tokens.refresh, "email": email}
        return user


class UserServiceBackend(StaffBackend):
    """Calls the user service over HTTP, with the client's address: it counts failures by that."""

    def login(self, *, email: str, password: str, address: str) -> Tokens:
        return _tokens(_post("", address, email=email, password=password))

    def refresh(self, token: str) -> Tokens:
        return _tokens(_post("refresh/", refresh=token))

    def revoke(self, token: str) -> None:
        _post("revoke/", refresh=token)


def verify(access: str) -> Any:
    """The account of an access token, by the class that authenticates API requests.

    Raises AuthenticationFailed, or ServiceUnavailable when no signing key was ever fetched.
    """
    return cast(Any, api_settings.DEFAULT_AUTHENTICATION_CLASSES[0]()).caller(access)


def is_still_staff(session: Any) -> bool:
    """Refreshes the tokens when the access token has expired. Raises AuthServiceUnavailable."""
    with suppress(AuthenticationFailed):
        return bool(verify(session["access"]).is_staff)
    try:
        tokens = backend().refresh(session["refresh"])
    except Unauthenticated:
        return False
    session.update({"access": tokens.access, "refresh": tokens.refresh})
    return bool(verify(tokens.access).is_staff)


def staff_id(request: HttpRequest) -> UUID:
    """The account of the staff member who sent the request."""
    return UUID(request.user.get_username())


def backend() -> StaffBackend:
    return cast(StaffBackend, load_backend(settings.AUTHENTICATION_BACKENDS[0]))


@receiver(user_logged_in)
def _store_tokens(request: HttpRequest, user: Any, **kwargs: Any) -> None:
    request.session.clear_expired()
    request.session.update(user.session)


@receiver(user_logged_out)
def _revoke_tokens(request: HttpRequest, **kwargs: Any) -> None:
    """Unreachable: the refresh token expires by itself, and is deleted with the session."""
    with suppress(Problem):
        backend().revoke(request.session.get("refresh", ""))


def _post(path: str, client_address: str = "", **body: str) -> Any:
    headers = context.current().headers
    if client_address and settings.GATEWAY_KEY:
        headers |= {"Gateway-Key": settings.GATEWAY_KEY, "X-Forwarded-For": client_address}
    try:
        answer = _send(f"{settings.USER_SERVICE_URL}/api/users/token/{path}", body, headers)
        content = answer.json() if answer.content else None
    except (requests.RequestException, ValueError) as error:
        log.warning("user service: %s", type(error).__name__)
        raise AuthServiceUnavailable from error
    if answer.status_code not in {200, 204}:
        _refuse(answer.status_code, content)
    return content


def _send(url: str, body: dict[str, str], headers: dict[str, str]) -> requests.Response:
    """Goes by no proxy of the environment, and follows no redirect with a password."""
    with requests.Session() as session:
        session.trust_env = False
        timeout = (CONNECT_SECONDS, ANSWER_SECONDS)
        return session.post(url, json=body, headers=headers, timeout=timeout, allow_redirects=False)


def _refuse(status: int, content: Any) -> NoReturn:
    detail = content.get("detail") if isinstance(content, dict) else None
    if status == 400:
        raise Unauthenticated("There is no account with this e-mail address and password.")
    if status == 401:
        raise Unauthenticated(str(detail or ""))
    if status == 429:
        raise TooManyLoginAttempts(str(detail or ""))
    log.warning("user service: answered %s", status)
    raise AuthServiceUnavailable


def _tokens(content: Any) -> Tokens:
    try:
        return Tokens(str(content["access"]), str(content["refresh"]))
    except (KeyError, TypeError) as error:
        log.warning("user service: answered without tokens")
        raise AuthServiceUnavailable from error

"""Signing in at the user service. The session holds the tokens; there is no other password."""

import logging
from contextlib import suppress
from typing import Any, cast
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
from chassis.admin.upstream import request as send
from chassis.problems import (
    NotAllowed,
    Problem,
    ServiceUnavailable,
    TooManyRequests,
    Unauthenticated,
)

log = logging.getLogger(__name__)

Tokens = dict[str, str]
"""`access` and `refresh`."""
TIMEOUT = 4.5
"""Seconds. Checking a password is slow by design, and several may be waiting."""
WRONG = "There is no account with this e-mail address and password."


class StaffBackend(ModelBackend):
    """Each call raises Unauthenticated, TooManyRequests or ServiceUnavailable."""

    def login(self, *, email: str, password: str, address: str) -> Tokens:
        raise NotImplementedError

    def refresh(self, token: str) -> Tokens:
        raise NotImplementedError

    def revoke(self, token: str) -> None:
        raise NotImplementedError

    def authenticate(self, request: Any, **credentials: Any) -> Any:
        """The local row has the account's id, no password and nothing personal."""
        email, address = str(credentials["username"]), request.META["REMOTE_ADDR"]
        tokens = self.login(email=email, password=credentials["password"], address=address)
        account = _account(tokens["access"])
        if not account.is_staff:
            self.revoke(tokens["refresh"])
            raise NotAllowed("This account is not a staff account.")
        rights = {"password": "!", "is_staff": True, "is_superuser": True}
        user, _ = User.objects.get_or_create(username=str(account.id), defaults=rights)
        user.session = tokens | {"email": email}
        return user


class UserServiceBackend(StaffBackend):
    """Over HTTP, with the client's address: failures are counted by that."""

    def login(self, *, email: str, password: str, address: str) -> Tokens:
        return _tokens(_post("", address, email=email, password=password))

    def refresh(self, token: str) -> Tokens:
        return _tokens(_post("refresh/", refresh=token))

    def revoke(self, token: str) -> None:
        _post("revoke/", refresh=token)


def is_still_staff(session: Any) -> bool:
    """Refreshes the tokens when the access token has expired. Raises ServiceUnavailable."""
    with suppress(AuthenticationFailed):
        return bool(_account(session["access"]).is_staff)
    try:
        session.update(_backend().refresh(session["refresh"]))
        return bool(_account(session["access"]).is_staff)
    except (Unauthenticated, AuthenticationFailed):
        return False


def staff_id(request: HttpRequest) -> UUID:
    """The account of the staff member who sent the request."""
    return UUID(request.user.get_username())


@receiver(user_logged_in)
def _store_tokens(request: HttpRequest, user: Any, **kwargs: Any) -> None:
    request.session.clear_expired()
    request.session.update(user.session)


@receiver(user_logged_out)
def _revoke_tokens(request: HttpRequest, **kwargs: Any) -> None:
    """While the user service is down, the refresh token is only forgotten."""
    with suppress(Problem):
        _backend().revoke(request.session.get("refresh", ""))


def _backend() -> StaffBackend:
    return cast(StaffBackend, load_backend(settings.AUTHENTICATION_BACKENDS[0]))


def _account(access: str) -> Any:
    """By the class that authenticates API requests. Raises AuthenticationFailed."""
    return cast(Any, api_settings.DEFAULT_AUTHENTICATION_CLASSES[0]()).caller(access)


def _post(path: str, client_address: str = "", **body: str) -> Any:
    headers = context.current().headers
    if client_address and settings.GATEWAY_KEY:
        headers |= {"Gateway-Key": settings.GATEWAY_KEY, "X-Forwarded-For": client_address}
    url = f"{settings.USER_SERVICE_URL}/api/users/token/{path}"
    try:
        response = send("POST", url, json=body, headers=headers, timeout=TIMEOUT)
        content = response.json() if response.content else None
    except (requests.RequestException, ValueError) as error:
        raise _unavailable(type(error).__name__) from error
    if response.status_code not in {200, 204}:
        raise _refusal(response.status_code, content)
    return content


def _refusal(status: int, content: Any) -> Problem:
    detail = str(content.get("detail", "")) if isinstance(content, dict) else ""
    if status in {400, 401}:
        return Unauthenticated(detail if status == 401 else WRONG)
    return TooManyRequests(detail) if status == 429 else _unavailable(f"answered {status}")


def _tokens(content: Any) -> Tokens:
    try:
        return {name: str(content[name]) for name in ("access", "refresh")}
    except (KeyError, TypeError) as error:
        raise _unavailable("answered without tokens") from error


def _unavailable(reason: str) -> ServiceUnavailable:
    log.warning("user service: %s", reason)
    detail = "The user service is unreachable. Try again in a moment."
    return ServiceUnavailable("user service", detail)

"""Login over HTTP, at settings.AUTH_TOKEN_URL and the paths below it."""

import logging
from typing import Any

import requests
from django.conf import settings

from chassis import context
from chassis.admin.auth_backend import StaffBackend, Tokens
from chassis.problems import NotAuthenticated, Problem, ServiceUnavailable, TooManyRequests
from chassis.requests_with_deadline import request

log = logging.getLogger(__name__)

TIMEOUT = 4.5
"""Checking a password is slow by design, and requests may queue for it."""
INVALID_CREDENTIALS = "There is no account with this e-mail address and password."


class RemoteBackend(StaffBackend):
    def login(self, *, email: str, password: str, address: str) -> Tokens:
        return _tokens(_post("", address, email=email, password=password))

    def refresh(self, token: str) -> Tokens:
        return _tokens(_post("refresh/", refresh=token))

    def revoke(self, token: str) -> None:
        _post("revoke/", refresh=token)


def _post(path: str, client_address: str = "", **body: str) -> Any:
    """Sends the client's address, by which the user service counts failed logins."""
    headers = context.get().headers
    if client_address and settings.TRUSTED_PROXY_SECRET:
        headers |= {
            "X-Proxy-Secret": settings.TRUSTED_PROXY_SECRET,
            "X-Forwarded-For": client_address,
        }
    url = f"{settings.AUTH_TOKEN_URL}{path}"
    try:
        response = request("POST", url, json=body, headers=headers, timeout=TIMEOUT)
        content = response.json() if response.content else None
    except (requests.RequestException, ValueError) as error:
        raise _unavailable(type(error).__name__) from error
    if response.status_code not in {200, 204}:
        raise _problem(response.status_code, content)
    return content


def _problem(status: int, content: Any) -> Problem:
    detail = str(content.get("detail", "")) if isinstance(content, dict) else ""
    if status in {400, 401}:
        return NotAuthenticated(detail if status == 401 else INVALID_CREDENTIALS)
    return TooManyRequests(detail) if status == 429 else _unavailable(f"responded {status}")


def _tokens(content: Any) -> Tokens:
    try:
        return {name: str(content[name]) for name in ("access", "refresh")}
    except (KeyError, TypeError) as error:
        raise _unavailable("responded without tokens") from error


def _unavailable(reason: str) -> ServiceUnavailable:
    log.warning("token issuer: %s", reason)
    detail = "The user service is unreachable. Try again in a moment."
    return ServiceUnavailable("token issuer", detail)

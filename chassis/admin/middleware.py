"""Middlewares that only admin pages need, so that API requests do not pay for them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import get_script_prefix, set_script_prefix

from chassis.admin.auth_backend import is_still_staff
from chassis.client_address import CLIENT_IP_KEY
from chassis.exceptions import exception_handler
from chassis.problems import ServiceUnavailable

View = Callable[[HttpRequest], Any]
PATH = "/admin/"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class AdminOnly:
    """Django's middlewares for /admin/. Admin views check the CSRF token themselves."""

    def __init__(self, get_response: View) -> None:
        self._get_response = get_response
        staff = _staff_only(get_response)
        self._admin = SessionMiddleware(AuthenticationMiddleware(MessageMiddleware(staff)))

    def __call__(self, request: HttpRequest) -> Any:
        if not request.path_info.startswith(PATH):
            return self._get_response(request)
        with _script_prefix(request) as prefix:
            response = self._respond(request)
        for cookie in response.cookies.values():
            cookie["path"] = f"{prefix}{cookie['path']}"
        for name, value in HEADERS.items():
            response[name] = value
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return _error_page(error) if request.path_info.startswith(PATH) else None

    def _respond(self, request: HttpRequest) -> Any:
        if not request.path.endswith("/"):  # relative links would lead elsewhere
            return HttpResponseRedirect(f"{request.path}/")
        try:
            return self._admin(request)
        except Exception as error:
            return _error_page(error)


def _staff_only(get_response: View) -> View:
    """End the session of an account that is no longer staff or cannot be checked."""

    def respond(request: HttpRequest) -> Any:
        try:
            if request.user.is_authenticated and not is_still_staff(request.session):
                logout(request)
        except ServiceUnavailable as error:
            logout(request)
            messages.error(request, error.message)
        if request.user.is_authenticated:
            request.user.first_name = request.session["email"]  # shown, and never saved
        return get_response(request)

    return respond


@contextmanager
def _script_prefix(request: HttpRequest) -> Iterator[str]:
    """Behind the gateway four admins share a host: each has its service's name as prefix."""
    prefix = f"/{settings.SERVICE_NAME}"
    is_prefixed = request.META.get("HTTP_X_FORWARDED_PREFIX") == prefix
    if not is_prefixed or CLIENT_IP_KEY not in request.META:
        yield ""
        return
    previous = get_script_prefix()
    set_script_prefix(f"{prefix}/")  # for this thread
    request.path = f"{prefix}{request.path}"
    try:
        yield prefix
    finally:
        set_script_prefix(previous)


def _error_page(error: Exception) -> HttpResponse:
    """Render the problem document. Django's ValidationError means an id of the wrong type."""
    response = exception_handler(Http404() if isinstance(error, ValidationError) else error)
    content = render_to_string("admin/error.html", {"problem": orjson.loads(response.content)})
    return HttpResponse(content, status=response.status_code)

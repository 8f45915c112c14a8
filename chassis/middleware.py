"""Middlewares that wrap every request."""

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from corsheaders.middleware import CorsMiddleware as DjangoCorsMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host

from chassis import client_address, context, tracing
from chassis.exceptions import exception_handler
from chassis.problem_details import problem_response
from chassis.problems import BadRequest, NotFound, Problem, ValidationFailed
from chassis.request_log import UNLOGGED_PREFIXES, log_request

BODYLESS_STATUSES = {204, 304}


class RequestMiddleware:
    """Request id, host check, trailing slash; response headers, log line and metrics."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        meta = request.META
        client_address.resolve_client_ip(meta)
        traceparent = tracing.traceparent() or meta.get("HTTP_TRACEPARENT", "")
        current = context.start(meta.get("HTTP_X_REQUEST_ID", ""), traceparent)
        response = self._respond(request)
        headers = response.headers
        for name, value in current.headers.items():
            headers[name] = value
        headers["X-Content-Type-Options"] = "nosniff"
        if not response.streaming and response.status_code not in BODYLESS_STATUSES:
            headers.setdefault("Content-Length", str(len(response.content)))
        _record(request, response, time.perf_counter() - started)
        return response

    def _respond(self, request: HttpRequest) -> HttpResponse:
        try:
            _validate(request)
        except Problem as error:
            return problem_response(error.body, error.headers)
        _append_slash(request)
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse:
        """For views that do not inherit from our APIView."""
        return exception_handler(error)


class CorsMiddleware(DjangoCorsMiddleware):
    """Skips requests without an Origin header, which are never cross-origin."""

    def __call__(self, request: HttpRequest) -> Any:
        return (
            super().__call__(request)
            if "HTTP_ORIGIN" in request.META
            else self.get_response(request)
        )


def _validate(request: HttpRequest) -> None:
    meta, path = request.META, request.path_info
    if not path.startswith("/"):  # `OPTIONS *` or CONNECT, which Django cannot resolve
        raise NotFound
    is_probe = path.startswith(UNLOGGED_PREFIXES)  # probes send an IP address as Host
    if not is_probe and not _is_allowed(meta.get("HTTP_HOST", meta["SERVER_NAME"])):
        raise BadRequest("The Host header is not one of this service's names (ALLOWED_HOSTS).")
    if "%00" in meta.get("QUERY_STRING", "") or "\0" in path:
        raise ValidationFailed("url", "The URL has a NUL character.")


@lru_cache(maxsize=64)
def _is_allowed(host: str) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def _append_slash(request: HttpRequest) -> None:
    """Add the trailing slash for every method, without a redirect; not to file names."""
    path = request.path_info
    if not path.endswith("/") and "." not in path.rpartition("/")[2]:
        request.path_info = f"{path}/"


def _record(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    match = request.resolver_match
    log_request(
        request.method or "",
        request.path,
        match.route if match else "",
        response.status_code,
        seconds,
    )

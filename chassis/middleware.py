"""The one middleware of ours: around every request, outside of every view."""

import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from chassis import client_address, context
from chassis.exceptions import exception_handler
from chassis.payloads import JSONRenderer
from chassis.problem_details import as_response
from chassis.problems import BadRequest, Invalid, Missing, Problem, TooLarge
from chassis.request_log import QUIET, record

BODY_LIMIT = 1024 * 1024
BODILESS = {204, 304}


class RequestMiddleware:
    """Request id, limits, trailing slashes; then the log line and the metrics of the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        client_address.settle(request.META)
        here = context.begin(request.META.get("HTTP_X_REQUEST_ID", ""), request.META.get("HTTP_TRACEPARENT", ""))
        response = self._answer(request)
        for name, value in here.headers.items():
            response[name] = value
        if not response.streaming and response.status_code not in BODILESS:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        _record(request, response, time.perf_counter() - started)
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        try:
            _check(request)
        except Problem as refusal:
            return as_response(refusal)
        _add_slash(request)
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse:
        """What a view outside of DRF raised."""
        answer = exception_handler(error)
        headers = {**answer.headers, "Content-Type": str(answer.content_type)}
        return HttpResponse(JSONRenderer().render(answer.data), status=answer.status_code, headers=headers)


def _check(request: HttpRequest) -> None:
    if not request.path_info.startswith("/"):  # `OPTIONS *`, or what only a proxy is asked: Django has no words for it
        raise Missing
    if not request.path_info.startswith(QUIET):  # probes come by address, and find out for themselves
        _check_host(request)
    limit = settings.BODY_LIMITS.get(request.path_info.rstrip("/"), BODY_LIMIT)
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise TooLarge(f"The body is larger than {limit} bytes.")
    if "%00" in request.META.get("QUERY_STRING", "") or "\0" in request.path_info:
        raise Invalid("url", "The address has a NUL character.")


def _check_host(request: HttpRequest) -> None:
    try:
        request.get_host()
    except DisallowedHost as error:
        raise BadRequest("The Host header is not one of this service's names (ALLOWED_HOSTS).") from error


def _add_slash(request: HttpRequest) -> None:
    """Every path works without its slash too, for every method, with no redirect. A file's name has a dot and no slash."""
    path = request.path_info
    if not path.endswith("/") and "." not in path.rpartition("/")[2]:
        request.path_info = f"{path}/"


def _record(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    match = request.resolver_match
    record(request.method or "", request.path, match.route if match else "", response.status_code, seconds)

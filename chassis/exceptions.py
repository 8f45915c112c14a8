"""Turns any exception into a problem document. Also DRF's EXCEPTION_HANDLER, for its own views."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from rest_framework import exceptions as drf

from chassis.problem_details import problem, problem_response
from chassis.problems import BadRequest, InternalError, Problem, ServiceUnavailable

log = logging.getLogger(__name__)

CODES: dict[type[Exception], str] = {
    drf.ParseError: "parse_error",
    drf.NotAuthenticated: "not_authenticated",
}


def exception_handler(error: Exception, context: Mapping[str, Any] | None = None) -> HttpResponse:
    """`context` may have the DRF view and request."""
    error = _normalize(error)
    if isinstance(error, Problem):
        return problem_response(error.body, error.headers)
    if isinstance(error, drf.ValidationError):
        errors = list(flatten_errors(error.detail))
        return problem_response(
            problem(400, "invalid", "The request is not valid; see errors.", errors=errors)
        )
    if isinstance(error, drf.APIException):
        return problem_response(
            problem(error.status_code, *_code_and_detail(error)), _headers(error, context or {})
        )
    log.error("unexpected error", exc_info=error)
    return problem_response(InternalError().body)


def flatten_errors(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """DRF's nested errors as rows `{field: "items.0.quantity", message, code}`."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            field = (
                path if name in {"non_field_errors", "__all__"} else f"{path}.{name}".lstrip(".")
            )
            yield from flatten_errors(inner, field)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from flatten_errors(inner, f"{path}.{index}".lstrip(".") if nested else path)
    else:
        yield {
            "field": path or "body",
            "message": str(detail),
            "code": getattr(detail, "code", None) or "invalid",
        }


def _normalize(error: Exception) -> Exception:
    if isinstance(error, OperationalError | InterfaceError):
        log.warning("database: %s", error)
        return ServiceUnavailable("database")
    if isinstance(error, SuspiciousOperation):  # for example too many query parameters
        return BadRequest()
    if isinstance(error, Http404):
        return drf.NotFound()
    return drf.PermissionDenied() if isinstance(error, PermissionDenied) else error


def _code_and_detail(error: drf.APIException) -> tuple[str, str]:
    code = CODES.get(type(error), str(error.get_codes()))
    detail = str(error.detail)
    if error.status_code == 401:
        hint = (
            f"Get an access token at {settings.TOKEN_ENDPOINT_HINT} "
            "and send it as 'Authorization: Bearer <token>'."
        )
        detail = f"{detail.rstrip('.')}. {hint}"
    return code, detail


def _headers(error: drf.APIException, context: Mapping[str, Any]) -> dict[str, str]:
    headers = {}
    if error.status_code == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.status_code == 405 and "view" in context:
        headers["Allow"] = ", ".join(context["view"].allowed_methods)
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers

"""From any exception in a view to one problem document. Set as DRF's EXCEPTION_HANDLER."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions as drf
from rest_framework.response import Response

from chassis.problem_details import problem
from chassis.problems import BadRequest, InternalError, Problem, ServiceUnavailable

log = logging.getLogger(__name__)

CODES: dict[type[Exception], str] = {drf.ParseError: "parse_error", drf.NotAuthenticated: "not_authenticated"}


def exception_handler(error: Exception, context: Mapping[str, Any] | None = None) -> Response:
    error = _as_known(error)
    if isinstance(error, Problem):
        return _response(error.body, error.headers)
    if isinstance(error, drf.ValidationError):
        errors = list(flattened(error.detail))
        return _response(problem(400, "invalid", "The request is not valid; see errors.", errors=errors))
    if isinstance(error, drf.APIException):
        return _response(problem(error.status_code, *_words(error)), _headers(error))
    log.error("unexpected error", exc_info=error)
    return _response(InternalError().body)


def flattened(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """DRF's nested errors as rows `{field: "items.0.quantity", message, code}`."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            field = path if name in {"non_field_errors", "__all__"} else f"{path}.{name}".lstrip(".")
            yield from flattened(inner, field)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from flattened(inner, f"{path}.{index}".lstrip(".") if nested else path)
    else:
        yield {"field": path or "body", "message": str(detail), "code": getattr(detail, "code", None) or "invalid"}


def _as_known(error: Exception) -> Exception:
    if isinstance(error, OperationalError | InterfaceError):
        log.warning("database: %s", error)
        return ServiceUnavailable("database")
    if isinstance(error, SuspiciousOperation):  # for instance a thousand query parameters
        return BadRequest("This is not a request that is answered here.")
    if isinstance(error, Http404):
        return drf.NotFound()
    return drf.PermissionDenied() if isinstance(error, PermissionDenied) else error


def _words(error: drf.APIException) -> tuple[str, str]:
    code = CODES.get(type(error), str(error.get_codes()))
    detail = str(error.detail)
    if error.status_code == 401:
        where = f"Get an access token at {settings.TOKEN_ENDPOINT} and send it as 'Authorization: Bearer <token>'."
        detail = f"{detail.rstrip('.')}. {where}"
    return code, detail


def _headers(error: drf.APIException) -> dict[str, str]:
    header = getattr(error, "auth_header", None)
    wait = getattr(error, "wait", None)
    return ({"WWW-Authenticate": header} if header else {}) | ({"Retry-After": str(int(wait))} if wait else {})


def _response(body: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(body, status=body["status"], headers=dict(headers or {}), content_type="application/problem+json")

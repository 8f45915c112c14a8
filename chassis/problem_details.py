"""How errors look on the wire (RFC 9457)."""

from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpResponse

from chassis import context


def problem(status: int, code: str, detail: str, **extra: Any) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": context.current().request_id,
        **extra,
    }


def as_response(refusal: Any) -> HttpResponse:
    """A chassis.problems.Problem as the answer outside of a DRF view."""
    return HttpResponse(
        orjson.dumps(refusal.body),
        status=refusal.status,
        content_type="application/problem+json",
        headers=refusal.headers,
    )

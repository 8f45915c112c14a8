"""How errors look on the wire (RFC 9457)."""

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from django.http import HttpResponse

from chassis import context
from chassis.json_text import dumps
from chassis.request_log import log_request

EXAMPLE_ID = "9f2c61d0a4b84a52b1d6f3c7e8a90b12"


def kind(code: str) -> str:
    """The page that says what the code means, at whatever address the client has reached us by (RFC 9457, section 3.1.1)."""
    return f"/errors/{code}"


def title(status: int) -> str:
    """As RFC 9110 has it, and Python since 3.13."""
    return {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}.get(
        status
    ) or HTTPStatus(status).phrase


def problem(status: int, code: str, detail: str, **extra: Any) -> dict[str, Any]:
    return {
        "type": kind(code),
        "title": title(status),
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": context.get().request_id,
        **extra,
    }


class Problem(Exception):
    status: ClassVar[int]
    code: ClassVar[str]
    detail: ClassVar[str] = ""
    example: ClassVar[Mapping[str, Any]] = {}
    """Further members, and `detail` where a response says more than the class, as the documents show them."""
    advice: ClassVar[str] = ""
    """What a client should do; empty for what is only a kind to derive from."""

    def __init__(
        self, detail: str = "", *, headers: Mapping[str, str] | None = None, **extra: Any
    ) -> None:
        self.message = detail or self.detail or HTTPStatus(self.status).description
        self.headers = dict(headers or {})
        self.extra = extra
        super().__init__(self.message)

    @property
    def body(self) -> dict[str, Any]:
        return problem(self.status, self.code, self.message, **self.extra)


def problem_response(
    body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """`body` as `problem` makes it."""
    content = dumps(body)
    return HttpResponse(content, "application/problem+json", body["status"], headers=headers)


def as_wsgi(
    refusal: Problem, environ: Mapping[str, Any], start_response: Callable[..., Any]
) -> list[bytes]:
    """The answer outside of Django, with its line in the log."""
    here = context.start(environ.get("HTTP_X_REQUEST_ID", ""), environ.get("HTTP_TRACEPARENT", ""))
    body = dumps(refusal.body)
    headers = {
        "Content-Type": "application/problem+json",
        "Content-Length": str(len(body)),
        **refusal.headers,
        **here.headers,
    }
    seconds = time.monotonic() - environ["chassis.request_start"]
    log_request(environ["REQUEST_METHOD"], environ["PATH_INFO"], "", refusal.status, seconds)
    start_response(f"{refusal.status} {title(refusal.status)}", list(headers.items()))
    return [body]


def example_of(error: type[Problem]) -> dict[str, Any]:
    nearest = next(kind for kind in error.mro() if {"detail", "example"} & vars(kind).keys())
    own = (
        {} if "example" in vars(nearest) else {"detail": error.detail}
    )  # the parent's example has the parent's detail
    return {
        **problem(error.status, error.code, error.detail),
        **error.example,
        **own,
        "request_id": EXAMPLE_ID,
    }

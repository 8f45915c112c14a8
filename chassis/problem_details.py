"""Problem documents (RFC 9457)."""

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from django.http import HttpResponse

from chassis import context
from chassis.json_text import dumps
from chassis.request_log import log_request

EXAMPLE_ID = "9f2c61d0a4b84a52b1d6f3c7e8a90b12"


def type_uri(code: str) -> str:
    """The page of the code, relative to the URL that the client used (RFC 9457, 3.1.1)."""
    return f"/errors/{code}"


def title(status: int) -> str:
    """The phrase of RFC 9110, which Python uses since 3.13."""
    return {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}.get(
        status
    ) or HTTPStatus(status).phrase


def problem(status: int, code: str, detail: str, **extra: Any) -> dict[str, Any]:
    return {
        "type": type_uri(code),
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
    """Additional members for the API documents, and `detail` if responses have a longer one."""
    advice: ClassVar[str] = ""
    """What a client should do; empty for a base class."""

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
    """`body` is a result of `problem`."""
    content = dumps(body)
    return HttpResponse(content, "application/problem+json", body["status"], headers=headers)


def as_wsgi(
    error: Problem, environ: Mapping[str, Any], start_response: Callable[..., Any]
) -> list[bytes]:
    """The response to a request that is rejected before Django; also logs it."""
    current = context.start(
        environ.get("HTTP_X_REQUEST_ID", ""), environ.get("HTTP_TRACEPARENT", "")
    )
    body = dumps(error.body)
    headers = {
        "Content-Type": "application/problem+json",
        "Content-Length": str(len(body)),
        **error.headers,
        **current.headers,
    }
    seconds = time.monotonic() - environ["chassis.request_start"]
    log_request(environ["REQUEST_METHOD"], environ["PATH_INFO"], "", error.status, seconds)
    start_response(f"{error.status} {title(error.status)}", list(headers.items()))
    return [body]


def example_of(error: type[Problem]) -> dict[str, Any]:
    nearest = next(each for each in error.mro() if {"detail", "example"} & vars(each).keys())
    # An inherited example has the parent's detail.
    own = {} if "example" in vars(nearest) else {"detail": error.detail}
    return {
        **problem(error.status, error.code, error.detail),
        **error.example,
        **own,
        "request_id": EXAMPLE_ID,
    }

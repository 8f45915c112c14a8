"""The same request by the fast path and by Django."""

from typing import Any, NamedTuple
from unittest.mock import patch

import orjson
from django.test import Client, RequestFactory

from chassis.fast_path import FastPaths

OF_ITS_OWN = {"X-Request-ID", "traceparent", "Content-Length"}
"""Headers that no two answers have in common."""


class Said(NamedTuple):
    status: str
    headers: dict[str, str]
    body: Any


def by_the_fast_path(method: str, path: str, body: bytes = b"", **headers: str) -> Said | None:
    """None when it is left to Django, with its body as it was."""
    request = RequestFactory().generic(method, path, body, headers={"host": "localhost", **_named(headers)}, **_kind(headers))
    begun: list[Any] = []
    with patch("chassis.fast_path.close_old_connections"):  # which would end the test's transaction
        answered = FastPaths().answer(request.META, lambda *said: begun.append(said))
    if answered is None:
        assert request.META["wsgi.input"].read() == body
        return None
    [(status, named)] = begun
    content = b"".join(answered)
    assert dict(named)["Content-Length"] == str(len(content))
    return Said(status, _shared(dict(named)), _content(content))


def by_django(method: str, path: str, body: bytes = b"", **headers: str) -> Said:
    answer = Client(raise_request_exception=False).generic(
        method, path, body, headers={"host": "localhost", **_named(headers)}, **_kind(headers)
    )
    return Said(f"{answer.status_code} {answer.reason_phrase}", _shared(dict(answer.headers)), _content(answer.content))


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items() if name != "content_type"}


def _kind(headers: dict[str, str]) -> dict[str, str]:
    return {"content_type": headers.get("content_type", "application/json")}


def _shared(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in OF_ITS_OWN}


def _content(body: bytes) -> Any:
    content = orjson.loads(body) if body else None
    if isinstance(content, dict):
        content.pop("request_id", None)
    return content

"""The fast path: the few requests that are nearly all of the load, answered before Django is asked.

A service names its fast paths in settings.FAST_PATHS. Each takes the plain form of one request (`Path.answer`) or leaves it (None),
and what is left goes through Django as if there were no fast path. What it answers, Django would have answered too, header by
header, which a test holds each service to; so permissions, bad input and documents are a matter of the views alone. It only skips
the steps in between, and takes the same limits, log line and metrics with it.
"""

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from io import BytesIO
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import close_old_connections
from django.http.request import split_domain_port, validate_host
from django.utils.module_loading import import_string
from rest_framework.exceptions import AuthenticationFailed

from chassis import client_address, context, database
from chassis.authentication import UserAuthentication, bearer_token
from chassis.exceptions import exception_handler
from chassis.payloads import JSONRenderer
from chassis.problems import ServiceUnavailable
from chassis.request_log import record

LARGEST_BODY = 64 * 1024
SAID = ("HTTP_ORIGIN", "HTTP_TRANSFER_ENCODING", "HTTP_EXPECT")
"""Headers that mean work for the middleware."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `META` is the WSGI environment, as Django's requests have it."""

    META: dict[str, Any]
    body: bytes
    id: UUID | None
    """Of the address, where it has one."""

    def caller(self, authentication: type[UserAuthentication]) -> tuple[Any, str]:
        """Whoever asks, and the token; (None, "") where that is not plain."""
        try:
            token = bearer_token(self)
            return (None, "") if token is None else (authentication().caller(token), token)
        except (AuthenticationFailed, ServiceUnavailable):
            return None, ""

    def json(self) -> Any:
        """None for what is no JSON, or not plainly."""
        kind = str(self.META.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()
        if kind != "application/json" or b"\\u0000" in self.body:
            return None
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Path:
    method: str
    address: re.Pattern[str]
    route: str
    """As Django's URLconf has it, for the metrics."""
    answer: Callable[[Call], Answer | None]
    headers: Mapping[str, str]
    """Of every answer."""


class FastPaths:
    def __init__(self) -> None:
        # Traces are made in Django's middleware.
        self._paths: list[Path] = [] if settings.TRACES_ENDPOINT else [import_string(name) for name in settings.FAST_PATHS]

    def answer(self, meta: dict[str, Any], start_response: Any) -> Iterable[bytes] | None:
        for path in self._paths:
            if meta["REQUEST_METHOD"] == path.method and (found := path.address.fullmatch(meta["PATH_INFO"])) and _is_plain(meta):
                return _answer(path, found, meta, start_response)
        return None


def _is_plain(meta: dict[str, Any]) -> bool:
    return (
        not any(name in meta for name in SAID)
        and int(meta.get("CONTENT_LENGTH") or 0) <= LARGEST_BODY
        and _is_our_host(meta.get("HTTP_HOST", ""))
        and "%00" not in meta["QUERY_STRING"]
        and not database.BREAKER.is_open
    )


@lru_cache(maxsize=64)
def _is_our_host(host: str) -> bool:
    return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


def _answer(path: Path, found: re.Match[str], meta: dict[str, Any], start_response: Any) -> Iterable[bytes] | None:
    started = time.perf_counter()
    client_address.settle(meta)
    here = context.begin(meta.get("HTTP_X_REQUEST_ID", ""), meta.get("HTTP_TRACEPARENT", ""))
    body = meta["wsgi.input"].read(int(meta.get("CONTENT_LENGTH") or 0))
    id = found.groupdict().get("id")
    answer = _done(path, Call(meta, body, UUID(id) if id else None))
    if answer is None:
        meta["wsgi.input"] = BytesIO(body)
        return None
    headers = {
        "Content-Type": answer.content_type,
        **path.headers,
        **answer.headers,
        **here.headers,
        "Content-Length": str(len(answer.body)),
    }
    start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(headers.items()))
    record(path.method, meta["PATH_INFO"], path.route, answer.status, time.perf_counter() - started)
    return [answer.body]


def _done(path: Path, call: Call) -> Answer | None:
    database.close_broken_connections()
    try:
        return path.answer(call)
    except Exception as error:
        told = exception_handler(error)
        close_old_connections()  # one that broke is not used again, as at the end of each of Django's requests
        headers = {name: value for name, value in told.headers.items() if name != "Content-Type"}
        return Answer(told.status_code, JSONRenderer().render(told.data), headers, str(told.content_type))

"""The outermost layer: what has to be put right before Django reads the request."""

import time
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from chassis import context, database, tracing
from chassis.fast_path import FastPaths
from chassis.middleware import BODY_LIMIT
from chassis.problem_details import as_wsgi
from chassis.problems import BadRequest


def application() -> Callable[..., Iterable[bytes]]:
    """The WSGI application of a service, loaded whole, so that processes forked from this one share it."""
    database.install()
    tracing.install(settings.SERVICE_NAME)
    django = get_wsgi_application()
    largest = max([BODY_LIMIT, *settings.BODY_LIMITS.values()])
    _ = get_resolver().url_patterns
    fast_paths = FastPaths()

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ.setdefault("chassis.request_start", time.monotonic())
        if not _read_body(environ, largest):
            refusal = BadRequest("The body ends before its length is reached.")
            return as_wsgi(refusal, environ, start_response)
        answered = fast_paths.answer(environ, start_response)
        if answered is not None:
            return answered
        if not context.TRACEPARENT.fullmatch(environ.get("HTTP_TRACEPARENT", "")):
            environ["HTTP_TRACEPARENT"] = context.begin().traceparent
        return django(environ, start_response)

    return answer


def _read_body(environ: dict[str, Any], largest: int) -> bool:
    """Read all of the body unless it is too large. False when the client has sent less than it said.

    Django reads as many bytes as Content-Length says: a chunked body gets one, just over the limit
    if it is larger.
    """
    is_chunked = "HTTP_TRANSFER_ENCODING" in environ
    length = largest + 1 if is_chunked else int(environ.get("CONTENT_LENGTH") or 0)
    if not length or (length > largest and not is_chunked):
        return True
    body = environ["wsgi.input"].read(length)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.input"] = BytesIO(body)
    return is_chunked or len(body) == length

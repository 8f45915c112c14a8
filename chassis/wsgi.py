"""The outermost layer: what has to be put right before Django reads the request."""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from chassis import context, database, tracing
from chassis.fast_path import FastPaths
from chassis.middleware import BODY_LIMIT


def application() -> Callable[..., Iterable[bytes]]:
    """The WSGI application of a service, loaded whole, so that processes forked from this one share it."""
    database.install()
    tracing.install(settings.SERVICE_NAME)
    django = get_wsgi_application()
    largest = max([BODY_LIMIT, *settings.BODY_LIMITS.values()])
    _ = get_resolver().url_patterns
    fast_paths = FastPaths()

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answered = fast_paths.answer(environ, start_response)
        if answered is not None:
            return answered
        if "HTTP_TRANSFER_ENCODING" in environ:
            _measure(environ, largest)
        if not context.TRACEPARENT.fullmatch(environ.get("HTTP_TRACEPARENT", "")):
            environ["HTTP_TRACEPARENT"] = context.begin().traceparent
        return django(environ, start_response)

    return answer


def _measure(environ: dict[str, Any], largest: int) -> None:
    """Django reads as many bytes as Content-Length says: give a chunked body one, just over the limit if it is larger."""
    body = environ["wsgi.input"].read(largest + 1)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.input"] = BytesIO(body)

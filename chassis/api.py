"""The base class of every API view: DRF's APIView, documented by drf-yasg, with a fast dispatch.

It authenticates, checks permissions and throttles, calls the handler, and turns exceptions into
problem documents. There is no content negotiation: the parser is chosen by Content-Type, and
responses are JSON.
"""

from collections.abc import Callable, Mapping
from functools import cache, cached_property
from io import BytesIO
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import request, views
from rest_framework.exceptions import (
    NotAuthenticated,
    ParseError,
    PermissionDenied,
    UnsupportedMediaType,
)

from chassis.exceptions import exception_handler
from chassis.json_text import dumps
from chassis.problems import ContentTooLarge

MAX_BODY_SIZE = 1024 * 1024
MERGE_PATCH = "application/merge-patch+json"
"""RFC 7396. Equal to our PATCH, because our objects are flat or replace nested members whole."""


class Response(HttpResponse):
    """A JSON response, serialized by the constructor."""

    def __init__(
        self, data: Any = None, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        body = b"" if data is None else dumps(data)
        super().__init__(body, content_type="application/json", status=status, headers=headers)
        if data is None:
            del self.headers["Content-Type"]


class Request(request.Request):
    """DRF's request with a bounded body that is read once."""

    authenticators: Any
    parsers: Any
    user: Any
    auth: Any

    def __init__(self, http_request: HttpRequest, view: "APIView") -> None:
        super().__init__(http_request, view.get_parsers(), view.get_authenticators())
        self._max_body_size = view.max_body_size

    def authenticate(self) -> None:
        """Set user and token from the first authenticator that finds credentials, else None."""
        self.user = self.auth = None
        for authenticator in self.authenticators:
            if found := authenticator.authenticate(self):
                self.user, self.auth = found
                return

    @cached_property
    def body(self) -> bytes:
        """The raw body. Raises ContentTooLarge or ParseError."""
        meta = self.META
        length = int(meta.get("CONTENT_LENGTH") or 0)
        if not length and "HTTP_TRANSFER_ENCODING" not in meta:
            return b""
        try:
            body: bytes = meta["wsgi.input"].read(length or self._max_body_size + 1)
        except Exception as error:  # gunicorn's errors are not OSErrors
            raise ParseError("The body could not be read to its end.") from error
        if len(body) < length:
            raise ParseError("The body ends before its Content-Length.")
        if len(body) > self._max_body_size:
            raise _too_large(self._max_body_size)
        return body

    @cached_property
    def data(self) -> Any:
        """The parsed body, {} if empty.

        Raises UnsupportedMediaType, ContentTooLarge or ParseError.
        """
        body = self.body
        return self._parser().parse(BytesIO(body), self.content_type) if body else {}

    def check_size(self) -> None:
        """Check Content-Length before the body is read. Raises ContentTooLarge."""
        length = self.META.get("CONTENT_LENGTH")
        if length and int(length) > self._max_body_size:
            raise _too_large(self._max_body_size)

    def _parser(self) -> Any:
        encoding = self.META.get("HTTP_CONTENT_ENCODING", "identity")
        if encoding.lower() != "identity":
            raise UnsupportedMediaType(
                encoding, f"Content-Encoding {encoding[:100]!r}: send the body unencoded."
            )
        kind = self.content_type.partition(";")[0].strip().lower()
        if kind == MERGE_PATCH and self.method == "PATCH":
            kind = "application/json"
        for parser in self.parsers:
            if parser.media_type == kind:
                return parser
        known = " or ".join(parser.media_type for parser in self.parsers)
        raise UnsupportedMediaType(
            kind, f"Content-Type {kind[:100]!r} is not supported; send {known}."
        )


class APIView(views.APIView):
    max_body_size: ClassVar[int] = MAX_BODY_SIZE
    request: Request

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.args, self.kwargs = args, kwargs
        self.request = Request(request, self)
        try:
            self.initial(self.request)
            handler = getattr(self, str(request.method).lower(), self.http_method_not_allowed)
            response: HttpResponseBase = handler(self.request, *args, **kwargs)
        except Exception as error:
            response = self.handle_exception(error)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def get_parsers(self) -> Any:
        return _instances(tuple(self.parser_classes))

    def get_authenticators(self) -> Any:
        return _instances(tuple(self.authentication_classes))

    def get_permissions(self) -> Any:
        return _instances(tuple(self.permission_classes))

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        request.check_size()
        request.authenticate()
        self.check_permissions(request)
        if self.throttle_classes:
            self.check_throttles(request)

    def permission_denied(
        self, request: Any, message: str | None = None, code: str | None = None
    ) -> Any:
        if request.authenticators and request.user is None:
            raise NotAuthenticated
        raise PermissionDenied(message, code)

    def handle_exception(self, exc: Exception) -> Any:
        return exception_handler(exc, {"view": self, "request": self.request})

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return HttpResponse(status=204, headers={"Allow": ", ".join(self.allowed_methods)})


@cache
def _instances(classes: tuple[Callable[[], Any], ...]) -> list[Any]:
    """Parsers, authenticators and permissions have no state of a request: one of each is enough."""
    return [each() for each in classes]


def _too_large(limit: int) -> ContentTooLarge:
    return ContentTooLarge(f"The body is larger than {limit} bytes.")

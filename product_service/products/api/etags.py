"""A product's version as an HTTP entity tag (RFC 9110, sections 8.8.3 and 13.1)."""

from rest_framework.request import Request


def etag(version: object) -> str:
    return f'"{version}"'


class Unchanged:
    """The versions at which a request may change the product: those that If-Match names, and none that If-None-Match does.

    Tags are compared weakly: a proxy that compresses makes them weak, and a version says of the product, not of the bytes, what
    it is. A malformed tag matches nothing: a header that nobody understands is not taken for none.
    """

    def __init__(self, request: Request) -> None:
        self._match: str | None = request.META.get("HTTP_IF_MATCH")
        self._none_match: str = request.META.get("HTTP_IF_NONE_MATCH", "")

    def __contains__(self, version: object) -> bool:
        return self._is_known(version) and not _names(self._none_match, version)

    def _is_known(self, version: object) -> bool:
        header = self._match
        return header is None or _names(header, version)


def has_seen(request: Request, version: int) -> bool:
    """Whether If-None-Match names this version."""
    return _names(request.META.get("HTTP_IF_NONE_MATCH", ""), version)


def _names(header: str, version: object) -> bool:
    return header.strip() == "*" or etag(version) in [
        tag.strip().removeprefix("W/") for tag in header.split(",")
    ]

"""A product's version as an HTTP entity tag (RFC 9110, sections 8.8.3 and 13.1)."""

from rest_framework.request import Request


def etag(version: int) -> str:
    return f'"{version}"'


class Unchanged:
    """The versions at which a request may change the product: those that If-Match names, and none that If-None-Match does.

    A weak tag never matches If-Match, nor does one that is malformed: a header that nobody understands is not taken for none.
    """

    def __init__(self, request: Request) -> None:
        self._match: str | None = request.META.get("HTTP_IF_MATCH")
        self._none_match: str = request.META.get("HTTP_IF_NONE_MATCH", "")

    def __contains__(self, version: object) -> bool:
        return self._is_known(version) and not _is_seen(self._none_match, version)

    def _is_known(self, version: object) -> bool:
        header = self._match
        return header is None or header.strip() == "*" or f'"{version}"' in _tags(header)


def has_seen(request: Request, version: int) -> bool:
    """Whether If-None-Match names this version."""
    return _is_seen(request.META.get("HTTP_IF_NONE_MATCH", ""), version)


def _is_seen(header: str, version: object) -> bool:
    """Weak tags count here."""
    return header.strip() == "*" or f'"{version}"' in [tag.removeprefix("W/") for tag in _tags(header)]


def _tags(header: str) -> list[str]:
    return [tag.strip() for tag in header.split(",")]

"""Conditional requests (RFC 9110, section 13.1): a product's version is its entity tag."""

from rest_framework.request import Request

REVALIDATE_HEADERS = {"Cache-Control": "no-cache", "Vary": "Authorization"}
"""Clients may cache, but revalidate each time. Staff see more than others."""


def etag(version: object) -> str:
    return f'"{version}"'


class IfMatch:
    """Contains the versions that the request may change.

    Those are the tags of If-Match (any version without that header) except those of If-None-Match.
    Tags are compared weakly, because a compressing proxy makes them weak and they name a version,
    not bytes. A malformed tag matches nothing, so an unreadable header never permits a change.
    """

    def __init__(self, request: Request) -> None:
        self._match: str | None = request.META.get("HTTP_IF_MATCH")
        self._none_match: str = request.META.get("HTTP_IF_NONE_MATCH", "")

    def __contains__(self, version: object) -> bool:
        matches = self._match is None or _contains(self._match, version)
        return matches and not _contains(self._none_match, version)


def is_not_modified(request: Request, version: int) -> bool:
    return _contains(request.META.get("HTTP_IF_NONE_MATCH", ""), version)


def _contains(header: str, version: object) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return header.strip() == "*" or etag(version) in tags

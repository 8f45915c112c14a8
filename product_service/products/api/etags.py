"""A product's version as an HTTP entity tag (RFC 9110, sections 8.8.3 and 13.1)."""

import re

from rest_framework.request import Request

from products.models import Product

OURS = re.compile(r'"[1-9][0-9]{0,17}"')


def etag(product: Product) -> str:
    return f'"{product.version}"'


def known_versions(request: Request) -> set[int] | None:
    """The versions that If-Match names; None when it is not there or `*`, so that any will do.

    A weak tag never matches here, nor does one that is malformed: a header that nobody understands is not taken for none.
    """
    header = request.META.get("HTTP_IF_MATCH")
    if header is None or header.strip() == "*":
        return None
    return {int(tag[1:-1]) for tag in _tags(header) if OURS.fullmatch(tag)}


def has_seen(request: Request, product: Product) -> bool:
    """Whether If-None-Match names the product as it is. Weak tags count here."""
    header = request.META.get("HTTP_IF_NONE_MATCH", "")
    return header.strip() == "*" or etag(product) in {tag.removeprefix("W/") for tag in _tags(header)}


def _tags(header: str) -> list[str]:
    return [tag.strip() for tag in header.split(",")]

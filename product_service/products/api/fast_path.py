"""What each order asks: the products of its lines; and what each page of the shop does: a list, or one. See chassis.fast_path."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from chassis.fast_path import Answer, Call, Path
from chassis.payloads import JSONRenderer
from chassis.problems import Invalid
from chassis.validation import MOST_IDS, UUID_PATTERN
from products.api.etags import etag
from products.api.views import FRESH, page_of_products
from products.listing import sold, sold_with_versions

IDS = re.compile(f"ids=({UUID_PATTERN}(?:,{UUID_PATTERN}){{0,{MOST_IDS - 1}}})")


def find(call: Call) -> Answer | None:
    """By nobody in particular: what is sold is the same for everybody."""
    query = call.META["QUERY_STRING"]
    if "HTTP_AUTHORIZATION" in call.META or "%00" in query:
        return None
    if ids := IDS.fullmatch(query):
        return _answer({"next": None, "previous": None, "results": sold(ids[1].split(","))})
    return _page(Request(WSGIRequest(call.META)))


def _page(request: Request) -> Answer | None:
    try:
        return None if "include_archived" in request.query_params else _answer(page_of_products(request))
    except (ValidationError, Invalid, SuspiciousOperation):
        return None


def read(call: Call) -> Answer | None:
    """One that is sold, for somebody who has not seen it yet."""
    if call.META["QUERY_STRING"] or not call.META.keys().isdisjoint(("HTTP_AUTHORIZATION", "HTTP_IF_NONE_MATCH")):
        return None
    for version, product in sold_with_versions([str(call.id)]):
        return _answer(product, {"ETag": etag(version)})
    return None


def _answer(content: Any, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(200, JSONRenderer().render(content), headers or {})


def _path(address: str, route: str, answer: Callable[[Call], Answer | None], allow: str) -> Path:
    return Path("GET", re.compile(address), route, answer, FRESH | {"Allow": allow, "Vary": "Authorization, origin"})


SEVERAL = _path("/api/products/?", "api/products/", find, "GET, POST, HEAD, OPTIONS")
ONE = _path(
    f"/api/products/(?P<id>{UUID_PATTERN})/?", "api/products/<uuid:product_id>/", read, "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"
)

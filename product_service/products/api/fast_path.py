"""What each order asks: the products of its lines; and what each page of the shop does: one product. See chassis.fast_path."""

import re
from collections.abc import Callable

from chassis.fast_path import Answer, Call, Path
from chassis.payloads import JSONRenderer
from chassis.validation import MOST_IDS, UUID_PATTERN
from products.api.etags import etag
from products.api.views import FRESH
from products.listing import sold, sold_with_versions

IDS = re.compile(f"ids=({UUID_PATTERN}(?:,{UUID_PATTERN}){{0,{MOST_IDS - 1}}})")


def find(call: Call) -> Answer | None:
    """Nothing but ids, by nobody in particular: what is sold is the same for everybody."""
    ids = IDS.fullmatch(call.META["QUERY_STRING"])
    if ids is None or "HTTP_AUTHORIZATION" in call.META:
        return None
    page = {"next": None, "previous": None, "results": sold(ids[1].split(","))}
    return Answer(200, JSONRenderer().render(page))


def read(call: Call) -> Answer | None:
    """One that is sold, for somebody who has not seen it yet."""
    if call.META["QUERY_STRING"] or not call.META.keys().isdisjoint(("HTTP_AUTHORIZATION", "HTTP_IF_NONE_MATCH")):
        return None
    for version, product in sold_with_versions([str(call.id)]):
        return Answer(200, JSONRenderer().render(product), {"ETag": etag(version)})
    return None


def _path(address: str, route: str, answer: Callable[[Call], Answer | None], allow: str) -> Path:
    return Path("GET", re.compile(address), route, answer, FRESH | {"Allow": allow, "Vary": "Authorization, origin"})


SEVERAL = _path("/api/products/?", "api/products/", find, "GET, POST, HEAD, OPTIONS")
ONE = _path(
    f"/api/products/(?P<id>{UUID_PATTERN})/?", "api/products/<uuid:product_id>/", read, "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"
)

"""What each order asks: the products of its lines. See chassis.fast_path."""

import re

from chassis.fast_path import Answer, Call, Path
from chassis.payloads import JSONRenderer
from chassis.validation import MOST_IDS, UUID_PATTERN
from products.api.views import FRESH
from products.listing import sold

IDS = re.compile(f"ids=({UUID_PATTERN}(?:,{UUID_PATTERN}){{0,{MOST_IDS - 1}}})")


def find(call: Call) -> Answer | None:
    """Nothing but ids, by nobody in particular: what is sold is the same for everybody."""
    ids = IDS.fullmatch(call.META["QUERY_STRING"])
    if ids is None or "HTTP_AUTHORIZATION" in call.META:
        return None
    page = {"next": None, "previous": None, "results": sold(ids[1].split(","))}
    return Answer(200, JSONRenderer().render(page))


PATH = Path(
    "GET",
    re.compile("/api/products/?"),
    "api/products/",
    find,
    FRESH | {"Allow": "GET, POST, HEAD, OPTIONS", "Vary": "Authorization, origin"},
)

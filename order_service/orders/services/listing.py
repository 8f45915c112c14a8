"""Which orders somebody asks for."""

import re
from typing import Any
from uuid import UUID

from chassis.http_client import UpstreamUnavailable
from orders import clients
from orders.errors import NeighbourAway
from orders.models import Order
from orders.models.orders import OrderQuerySet
from orders.services.attempts import SIGNS

CALL_SECONDS = 2.0
NOT_SIGNS = re.compile(r"[\s\-\u2010-\u2015\u2212]")
"""Spaces, hyphens and dashes."""
WHOLE_NUMBER = re.compile(f"SO-[{SIGNS}]{{5}}-[{SIGNS}]{{5}}")
AN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def listed(
    *, viewer_id: UUID, is_staff: bool, token: str, search: str = "", **wanted: Any
) -> OrderQuerySet:
    """Those that this user may see and that match. Raises NeighbourAway, TokenRefused or NotStaffAnyMore."""
    orders = Order.objects.visible_to(viewer_id, is_staff=is_staff).with_items()
    meant = _of_somebody(search, token) if "@" in search and is_staff else _meant(search, orders)
    if any(value is None or wanted.get(name, value) != value for name, value in meant.items()):
        return orders.matching().none()
    return orders.matching(**wanted | meant)


def _meant(search: str, orders: OrderQuerySet) -> dict[str, Any]:
    """A number or its beginning, or a product's id or SKU."""
    if search.startswith("#") or search.upper().startswith("SO-"):
        return {"number": _as_number(search)}
    if AN_ID.fullmatch(search):
        return {"product_id": UUID(search)}
    number = _as_number(search)
    if WHOLE_NUMBER.fullmatch(number) and orders.matching(number=number).exists():
        return {"number": number}
    return {"sku": search} if search else {}


def _as_number(search: str) -> str:
    """As orders have it, of one in small letters, without hyphens, or without the first letters."""
    signs = NOT_SIGNS.sub("", search.upper().removeprefix("#")).removeprefix("SO")
    return f"SO-{signs[:5]}-{signs[5:]}" if len(signs) > 5 else f"SO-{signs}"


def _of_somebody(email: str, token: str) -> dict[str, Any]:
    try:
        return {"user_id": clients.users().with_email(email, token=token, timeout=CALL_SECONDS)}
    except UpstreamUnavailable as error:
        raise NeighbourAway("user") from error

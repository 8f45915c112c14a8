"""Which orders somebody asks for."""

import re
from typing import Any
from uuid import UUID

from chassis.http_client import UpstreamUnavailable
from orders import clients
from orders.errors import NeighbourAway
from orders.models import Order
from orders.models.orders import OrderQuerySet

CALL_SECONDS = 2.0
AN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def listed(*, viewer_id: UUID, is_staff: bool, token: str, search: str = "", **wanted: Any) -> OrderQuerySet:
    """Those that this user may see and that match. Raises NeighbourAway, TokenRefused or NotStaffAnyMore."""
    orders = Order.objects.visible_to(viewer_id, is_staff=is_staff).with_items()
    meant = _of_somebody(search, token) if "@" in search and is_staff else _meant(search)
    if any(value is None or wanted.get(name, value) != value for name, value in meant.items()):
        return orders.matching().none()
    return orders.matching(**wanted | meant)


def _meant(search: str) -> dict[str, Any]:
    """A number or its beginning, or a product's id or SKU."""
    if search.upper().startswith("SO-"):
        return {"number": search.upper()}
    if AN_ID.fullmatch(search):
        return {"product_id": UUID(search)}
    return {"sku": search} if search else {}


def _of_somebody(email: str, token: str) -> dict[str, Any]:
    try:
        return {"user_id": clients.users().with_email(email, token=token, timeout=CALL_SECONDS)}
    except UpstreamUnavailable as error:
        raise NeighbourAway("user") from error

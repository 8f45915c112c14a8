"""Reads: one order, lists and searches of orders, an order's history, the outbox."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Case, F, Prefetch, Q, QuerySet, Value, When
from django.db.models.lookups import Exact

from chassis.http_client import UpstreamUnavailable
from orders import clients
from orders.errors import DependencyUnavailable, OrderNotFound
from orders.models import Event, Order, OrderLine, OutboxMessage
from orders.models.functions import OptimizerBarrier, Uppercase
from orders.services.order_attempts import BASE32_ALPHABET

EPOCH, MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212]")
"""Spaces, hyphens and dashes."""
ORDER_NUMBER_RE = re.compile(f"SO-[{BASE32_ALPHABET}]{{5}}-[{BASE32_ALPHABET}]{{5}}")
UUID_RE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
FILTERS: dict[str, Callable[[Any], Q]] = {
    "status": lambda status: Q(status=status),
    "user_id": lambda user_id: Q(user_id=OptimizerBarrier(user_id)),
    "product_id": lambda product_id: Q(lines__product_id=OptimizerBarrier(product_id)),
    "sku": lambda sku: Q(Exact(Uppercase("lines__sku"), Uppercase(OptimizerBarrier(sku)))),
    "number": lambda prefix: Q(number__startswith=prefix),
}
# created_at is the timestamp of the id, in milliseconds: an index on ids also serves time ranges.
TIME_FILTERS: dict[str, Callable[[datetime], Q]] = {
    "created_after": lambda time: Q(sort_id__gte=_min_id((time - EPOCH) // MILLISECOND + 1)),
    "created_before": lambda time: Q(sort_id__lt=_min_id(-((EPOCH - time) // MILLISECOND))),
}


def get_order(order_id: UUID, *, user_id: UUID, is_staff: bool) -> Order:
    """Raises OrderNotFound, also for another user's order."""
    order = _visible_orders(user_id, is_staff=is_staff).filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound
    return order


def list_orders(
    *, viewer_id: UUID, is_staff: bool, token: str, search: str = "", **filters: Any
) -> QuerySet[Order]:
    """The orders that the viewer may see and that match. `filters` are FILTERS and TIME_FILTERS.

    Raises DependencyUnavailable, UpstreamTokenRejected or StaffRoleRevoked.
    """
    orders = _visible_orders(viewer_id, is_staff=is_staff)
    by_email = "@" in search and is_staff
    terms = _by_customer_email(search, token) if by_email else _parse_search(search, orders)
    if any(value is None or filters.get(name, value) != value for name, value in terms.items()):
        return _filter(orders).none()
    return _filter(orders, **filters | terms)


def list_events(order: Order) -> QuerySet[Event]:
    """With `actor_role`: only the customer places, only staff ship and deliver, both may cancel."""
    by_customer = Q(actor=order.user_id, type__in=[Event.Type.PLACED, Event.Type.CANCELLED])
    role = Case(
        When(by_customer, then=Value("customer")),
        default=Value("staff"),
        output_field=models.CharField(),
    )
    return Event.objects.filter(order=order).annotate(actor_role=role)


def list_outbox(*, failed: bool | None = None) -> QuerySet[OutboxMessage]:
    messages = OutboxMessage.objects.all()
    return messages if failed is None else messages.filter(failed_at__isnull=not failed)


def _visible_orders(user_id: UUID, *, is_staff: bool) -> QuerySet[Order]:
    lines = Prefetch("lines", OrderLine.objects.order_by("position"), to_attr="items")
    rows: QuerySet[Any] = Order.objects.all()
    orders = rows.prefetch_related(lines)
    return orders if is_staff else orders.filter(user_id=OptimizerBarrier(user_id))


def _filter(orders: QuerySet[Order], **filters: Any) -> QuerySet[Order]:
    """Annotates `sort_id`: the order's id, from the table whose index the query uses."""
    rows = orders.filter(
        *(FILTERS[name](value) for name, value in filters.items() if name not in TIME_FILTERS)
    )
    by_line = filters.keys() & {"product_id", "sku"}
    rows = rows.annotate(sort_id=F("lines__order_id" if by_line else "id"))
    return rows.filter(
        *(TIME_FILTERS[name](value) for name, value in filters.items() if name in TIME_FILTERS)
    )


def _min_id(milliseconds: int) -> UUID:
    """The smallest UUIDv7 of that millisecond."""
    return UUID(int=min(max(milliseconds, 0), 2**48 - 1) << 80)


def _parse_search(search: str, orders: QuerySet[Order]) -> dict[str, Any]:
    """The filter that a search means: an order number or its prefix, a product's id, or a SKU."""
    if search.startswith("#") or search.upper().startswith("SO-"):
        return {"number": _normalize_number(search)}
    if UUID_RE.fullmatch(search):
        return {"product_id": UUID(search)}
    number = _normalize_number(search)
    if ORDER_NUMBER_RE.fullmatch(number) and _filter(orders, number=number).exists():
        return {"number": number}
    return {"sku": search} if search else {}


def _normalize_number(search: str) -> str:
    """`SO-XXXXX-XXXXX` from a number in lower case, without hyphens or without the prefix."""
    digits = SEPARATORS.sub("", search.upper().removeprefix("#")).removeprefix("SO")
    return f"SO-{digits[:5]}-{digits[5:]}" if len(digits) > 5 else f"SO-{digits}"


def _by_customer_email(email: str, token: str) -> dict[str, Any]:
    try:
        user_id = clients.users().find_user_by_email(
            email, token=token, timeout=clients.CALL_TIMEOUT
        )
    except UpstreamUnavailable as error:
        raise DependencyUnavailable("user") from error
    return {"user_id": user_id}

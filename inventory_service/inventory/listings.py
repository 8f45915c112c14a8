"""Which rows a list shows, and in which order: always that of an index, so that each page costs what the first costs.

PostgreSQL is not told that a column *is* something, but that it is neither less nor more. The lists look the same, but told of
equality it also thinks of the primary key, which has the order too, and leaves out row after row: all, if it is unlucky.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from inventory.models import Movement, Reservation, Stock

EPOCH = datetime.fromtimestamp(0, UTC)
LAST_MILLISECOND = 2**48 - 1
LONGEST_CHANGE_MS = 60_000
"""How much later than `created_at`, when its statement began, the id of a movement can be made at most, and then some."""


def stock(*, product_ids: list[UUID] | None = None, low_stock: bool | None = None) -> tuple[QuerySet[Stock], tuple[str, ...]]:
    """Only the products named, and only what is low (or is not), where the caller says so."""
    rows = Stock.objects.all() if product_ids is None else Stock.objects.filter(product_id__in=product_ids)
    if low_stock is None:
        return rows, ("product_id",)
    return rows.filter(**_exactly("is_low", low_stock)), ("is_low", "product_id")


def reservations(*, status: str | None = None) -> tuple[QuerySet[Reservation], tuple[str, ...]]:
    """The newest order first."""
    if status is None:
        return Reservation.objects.all(), ("-order_id",)
    return Reservation.objects.filter(**_exactly("status", status)), ("-status", "-order_id")


def movements(
    *,
    product_id: UUID,
    kind: str | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
) -> tuple[QuerySet[Movement], tuple[str, ...]]:
    """The newest first. Times are looked for by id as well: an id begins with the time it was made at, and is in the index."""
    rows = Movement.objects.all()
    if created_after:
        rows = rows.filter(created_at__gt=created_after, id__gte=_least_id_at(created_after))
    if created_before:
        rows = rows.filter(created_at__lt=created_before, id__lt=_least_id_at(created_before, later=LONGEST_CHANGE_MS))
    if kind is None:
        return rows.filter(**_exactly("product_id", product_id)), ("-product_id", "-id")
    return rows.filter(product_id=product_id, **_exactly("kind", kind)), ("-kind", "-id")


def _exactly(column: str, value: Any) -> dict[str, Any]:
    return {f"{column}__gte": value, f"{column}__lte": value}


def _least_id_at(moment: datetime, later: int = 0) -> UUID:
    """No UUID of version 7 that is made so many milliseconds after this moment, or after that, is smaller."""
    milliseconds = (moment - EPOCH) // timedelta(milliseconds=1) + later
    return UUID(int=min(max(milliseconds, 0), LAST_MILLISECOND) << 80)

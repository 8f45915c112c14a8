"""Which rows a list shows, and in which order: always that of an index, so that each page costs what the first costs.

PostgreSQL is not told that a column *is* something, but between which two places of the index the list is. Told of equality it
also thinks of the primary key, which has the order too, and leaves out row after row: all, if it is unlucky.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from chassis.pagination import KeyRange
from inventory.models import Movement, Reservation, Stock

EPOCH = datetime.fromtimestamp(0, UTC)
LAST_MILLISECOND = 2**48 - 1
LEAST_ID, GREATEST_ID = UUID(int=0), UUID(int=2**128 - 1)
LONGEST_CHANGE_MS = 60_000
"""How much later than `created_at`, when its statement began, the id of a movement can be made at most, and then some."""

Ordering = tuple[str, ...]


def stock(
    *, product_ids: list[UUID] | None = None, low_stock: bool | None = None
) -> tuple[QuerySet[Stock], Ordering, KeyRange | None]:
    """Only the products named, and only what is low (or is not), where the caller says so."""
    wanted = {"product_id__in": product_ids, "is_low": low_stock}
    rows = Stock.objects.filter(
        **{lookup: value for lookup, value in wanted.items() if value is not None}
    )
    if low_stock is None or product_ids is not None:
        return rows, ("product_id",), None
    return (
        Stock.objects.all(),
        ("is_low", "product_id"),
        ((low_stock, LEAST_ID), (low_stock, GREATEST_ID)),
    )


def reservations(
    *, status: str | None = None
) -> tuple[QuerySet[Reservation], Ordering, KeyRange | None]:
    """The newest order first."""
    if status is None:
        return Reservation.objects.all(), ("-order_id",), None
    return (
        Reservation.objects.all(),
        ("-status", "-order_id"),
        ((status, LEAST_ID), (status, GREATEST_ID)),
    )


def movements(
    *,
    product_id: UUID,
    kind: str | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
) -> tuple[QuerySet[Movement], Ordering, KeyRange]:
    """The newest first. Times are looked for by id as well: an id begins with the time it was made at, and is in the index."""
    rows, first, last = Movement.objects.all(), LEAST_ID, GREATEST_ID
    if created_after:
        rows, first = rows.filter(created_at__gt=created_after), _least_id_at(created_after)
    if created_before:
        rows, last = (
            rows.filter(created_at__lt=created_before),
            _least_id_at(created_before, later=LONGEST_CHANGE_MS),
        )
    if kind is None:
        return rows, ("-product_id", "-id"), ((product_id, first), (product_id, last))
    rows = rows.exclude(kind=Movement.Kind.RESERVATION)  # as the index does
    return (
        rows,
        ("-product_id", "-kind", "-id"),
        ((product_id, kind, first), (product_id, kind, last)),
    )


def _least_id_at(moment: datetime, later: int = 0) -> UUID:
    """No UUID of version 7 that is made so many milliseconds after this moment, or after that, is smaller."""
    milliseconds = (moment - EPOCH) // timedelta(milliseconds=1) + later
    return UUID(int=min(max(milliseconds, 0), LAST_MILLISECOND) << 80)

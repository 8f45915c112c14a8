"""Reads of stock, reservations and the ledger.

Each list is read in the order of an index, so that every page costs what the first page costs. A
list is limited by a range of index positions, not by equality: with `status = 'held'` PostgreSQL
may choose the primary key, which has the same order, and filter out any number of rows.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from chassis.pagination import KeyRange
from inventory.errors import ReservationNotFound, StockNotFound
from inventory.models import Movement, Reservation, Stock

EPOCH = datetime.fromtimestamp(0, UTC)
MAX_TIMESTAMP_MS = 2**48 - 1
MIN_ID, MAX_ID = UUID(int=0), UUID(int=2**128 - 1)
MAX_ID_LAG_MS = 60_000
"""Upper bound of the time from a movement's `created_at` (the start of its statement) to its id."""

Ordering = tuple[str, ...]


def get_stock(product_id: UUID) -> Stock:
    stock = Stock.objects.filter(pk=product_id).first()
    if stock is None:
        raise StockNotFound
    return stock


def get_reservation(order_id: UUID) -> Reservation:
    reservation = Reservation.objects.filter(pk=order_id).first()
    if reservation is None:
        raise ReservationNotFound
    return reservation


def list_stock(
    *, product_ids: list[UUID] | None = None, low_stock: bool | None = None
) -> tuple[QuerySet[Stock], Ordering, KeyRange | None]:
    filters = {"product_id__in": product_ids, "is_low": low_stock}
    if low_stock is None or product_ids is not None:
        used = {lookup: value for lookup, value in filters.items() if value is not None}
        return Stock.objects.filter(**used), ("product_id",), None
    bounds = ((low_stock, MIN_ID), (low_stock, MAX_ID))
    return Stock.objects.all(), ("is_low", "product_id"), bounds


def list_reservations(
    *, status: str | None = None
) -> tuple[QuerySet[Reservation], Ordering, KeyRange | None]:
    """Newest order first."""
    if status is None:
        return Reservation.objects.all(), ("-order_id",), None
    bounds = ((status, MIN_ID), (status, MAX_ID))
    return Reservation.objects.all(), ("-status", "-order_id"), bounds


def list_movements(
    *,
    product_id: UUID,
    kind: str | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
) -> tuple[QuerySet[Movement], Ordering, KeyRange]:
    """Newest first. Times also limit the ids: an id begins with its time, and is in the index."""
    rows, first, last = Movement.objects.all(), MIN_ID, MAX_ID
    if created_after:
        rows, first = rows.filter(created_at__gt=created_after), _min_id_at(created_after)
    if created_before:
        rows = rows.filter(created_at__lt=created_before)
        last = _min_id_at(created_before, later_ms=MAX_ID_LAG_MS)
    if kind is None:
        return rows, ("-product_id", "-id"), ((product_id, first), (product_id, last))
    rows = rows.exclude(kind=Movement.Kind.RESERVATION)  # the condition of the partial index
    bounds = ((product_id, kind, first), (product_id, kind, last))
    return rows, ("-product_id", "-kind", "-id"), bounds


def _min_id_at(moment: datetime, later_ms: int = 0) -> UUID:
    """A lower bound of the version 7 UUIDs generated `later_ms` after `moment`, or after that."""
    milliseconds = (moment - EPOCH) // timedelta(milliseconds=1) + later_ms
    return UUID(int=min(max(milliseconds, 0), MAX_TIMESTAMP_MS) << 80)

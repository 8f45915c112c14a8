"""Executes the statements of `stock_sql`. No other module changes units of stock."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from chassis.failpoints import failpoint
from inventory.models import Movement, Reservation
from inventory.services import stock_sql

Quantities = Mapping[UUID, int]
ORDER_SERVICE = "order service"
"""The actor of the movements of an order."""


class Receipt(NamedTuple):
    product_id: UUID
    quantity: int
    note: str


def ensure_rows(product_ids: Iterable[UUID], unverified: Iterable[UUID]) -> int:
    """Create missing stock rows, those in `unverified` with the mark. Returns how many."""
    rows = stock_sql.ENSURE_ROWS.execute(product_ids=list(product_ids), unverified=list(unverified))
    return len(rows)


@failpoint("reserve")
def reserve(order_id: UUID, quantities: Quantities) -> tuple[Reservation | None, dict[UUID, int]]:
    """Reserve every line or none. Returns the new reservation, and the quantities before it.

    None with sufficient quantities means that this order id was decided before.
    """
    items = as_items(quantities)
    rows = stock_sql.RESERVE.execute(
        product_ids=[str(product_id) for product_id in quantities],
        units=list(quantities.values()),
        items=_json(items),
        kind=Movement.Kind.RESERVATION,
        reference=order_id,
        actor=ORDER_SERVICE,
    )
    available = {product_id: quantity for product_id, quantity, _ in rows if product_id}
    created_at = rows[0][2]
    if created_at is None:
        return None, available
    reservation = Reservation(
        order_id=order_id,
        status=Reservation.Status.HELD,
        items=items,
        created_at=created_at,
        updated_at=created_at,
    )
    return reservation, available


@failpoint("tombstone")
def tombstone(order_id: UUID, quantities: Quantities) -> bool:
    """Store an order id without a reservation as released. False when it was decided before.

    After False the reservation is committed and visible to the next statement.
    """
    items = _json(as_items(quantities))
    return bool(stock_sql.TOMBSTONE.execute(order_id=order_id, items=items))


@failpoint("finalize")
def finalize(order_id: UUID, status: Reservation.Status) -> bool:
    """Change a held reservation to released (units return to stock) or fulfilled (units have left).

    False when it is not held. The reservation has to be committed before this statement begins;
    otherwise the statement's snapshot may not contain its stock.
    """
    released = status == Reservation.Status.RELEASED
    rows = stock_sql.FINALIZE.execute(
        status=status,
        returned=int(released),
        kind=Movement.Kind.RELEASE if released else Movement.Kind.FULFILMENT,
        reference=order_id,
        actor=ORDER_SERVICE,
    )
    return bool(rows[0][0])


@failpoint("change quantity")
def change_quantity(
    product_id: UUID, units: int, *, kind: Movement.Kind, note: str, actor: str
) -> tuple[int, UUID | None] | None:
    """Add units; a negative number removes them. None when the product has no stock row.

    Returns the quantity before, and the id of the movement. No movement: insufficient units.
    """
    rows = stock_sql.CHANGE_QUANTITY.execute(
        product_id=product_id, units=units, kind=kind, reference=None, note=note, actor=actor
    )
    return (rows[0][0], rows[0][1]) if rows else None


@failpoint("bulk receive")
def bulk_receive(receipts: Sequence[Receipt], *, actor: str) -> None:
    """Add the units of many receipts. Each is of a different product, which has a stock row."""
    stock_sql.BULK_RECEIVE.execute(
        product_ids=[receipt.product_id for receipt in receipts],
        units=[receipt.quantity for receipt in receipts],
        notes=[receipt.note for receipt in receipts],
        kind=Movement.Kind.RECEIPT,
        reference=None,
        actor=actor,
    )


def as_items(quantities: Quantities) -> list[dict[str, Any]]:
    """The items of a reservation in product_id order, so that equal reservations compare equal."""
    return [
        {"product_id": str(product_id), "quantity": quantities[product_id]}
        for product_id in sorted(quantities, key=attrgetter("int"))
    ]


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()

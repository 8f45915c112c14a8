"""Reserving stock for orders. Each order id is decided once."""

from uuid import UUID

from inventory import selectors
from inventory.errors import (
    InsufficientStock,
    ReservationFulfilled,
    ReservationMismatch,
    ReservationReleased,
    Shortage,
)
from inventory.models import Reservation
from inventory.services import stock_ledger
from inventory.services.stock_ledger import Quantities


def reserve(*, order_id: UUID, quantities: Quantities) -> tuple[Reservation, bool]:
    """Reserve every line of an order or none. Returns the reservation, and whether it is new.

    Raises InsufficientStock, ReservationReleased or ReservationMismatch.
    """
    created, available = stock_ledger.reserve(order_id, quantities)
    if created:
        return created, True
    _raise_if_short(order_id, quantities, available)
    return _existing_decision(order_id, quantities), False


def release(*, order_id: UUID) -> None:
    """Return the stock of an order, at most once; later reservations of this order id are rejected.

    Raises ReservationFulfilled when the order has been shipped.
    """
    if stock_ledger.tombstone(order_id, {}):
        return
    if stock_ledger.finalize(order_id, Reservation.Status.RELEASED):
        return
    if Reservation.objects.get(pk=order_id).status == Reservation.Status.FULFILLED:
        raise ReservationFulfilled


def fulfil(*, order_id: UUID) -> None:
    """Remove the units of a shipped order from `reserved`, at most once.

    Raises ReservationNotFound or ReservationReleased.
    """
    if stock_ledger.finalize(order_id, Reservation.Status.FULFILLED):
        return
    if selectors.get_reservation(order_id).status != Reservation.Status.FULFILLED:
        raise ReservationReleased


def _raise_if_short(order_id: UUID, quantities: Quantities, available: Quantities) -> None:
    """Stores a shortage like a release, so that a late duplicate of it reserves nothing."""
    shortages = [
        Shortage(product_id=product_id, requested=units, available=available.get(product_id, 0))
        for product_id, units in quantities.items()
        if available.get(product_id, 0) < units
    ]
    if shortages and stock_ledger.tombstone(order_id, quantities):
        raise InsufficientStock(shortages)


def _existing_decision(order_id: UUID, quantities: Quantities) -> Reservation:
    reservation = Reservation.objects.get(pk=order_id)
    if reservation.status == Reservation.Status.RELEASED:
        raise ReservationReleased
    if reservation.items != stock_ledger.as_items(quantities):
        raise ReservationMismatch
    return reservation

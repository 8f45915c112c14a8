"""The work: receiving, counting, reserving and giving back stock."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from chassis.database import statement_timeout
from inventory import ledger
from inventory.errors import (
    InsufficientStock,
    ReservationFulfilled,
    ReservationMismatch,
    ReservationReleased,
    Shortage,
    UnknownReservation,
    UnknownStock,
)
from inventory.ledger import Quantities, Receipt
from inventory.models import Movement, Reservation, Stock

SECONDS_OF_A_DELIVERY = 10
"""The longest that PostgreSQL may take for a statement of a delivery: 10,000 rows among a million are one second on quiet cores."""


def stock_of(product_id: UUID) -> Stock:
    stock = Stock.objects.filter(pk=product_id).first()
    if stock is None:
        raise UnknownStock
    return stock


def reservation_of(order_id: UUID) -> Reservation:
    reservation = Reservation.objects.filter(pk=order_id).first()
    if reservation is None:
        raise UnknownReservation
    return reservation


@transaction.atomic
def receive(
    *,
    product_id: UUID,
    quantity: int,
    actor: str,
    note: str = "",
    unverified: Collection[UUID] = (),
) -> tuple[Stock, bool]:
    """Add received units; a product's first receipt begins its stock. Returns the stock, and whether it is new.

    `unverified`: the product's id if it is not known whether the product exists.
    """
    new = bool(ledger.begin([product_id], unverified))
    ledger.add(product_id, quantity, kind=Movement.Kind.RECEIPT, note=note, actor=actor)
    _clear_marks({product_id}.difference(unverified))
    return stock_of(product_id), new


@transaction.atomic
def receive_each(
    *, receipts: Sequence[Receipt], actor: str, unverified: Collection[UUID] = ()
) -> tuple[int, int]:
    """Receive all of a delivery or nothing; each receipt is of another product. Returns how many are new, and how many are not."""
    with statement_timeout(SECONDS_OF_A_DELIVERY):
        product_ids = [receipt.product_id for receipt in receipts]
        new = ledger.begin(product_ids, unverified)
        ledger.add_each(receipts, actor=actor)
        _clear_marks(set(product_ids).difference(unverified))
    return new, len(receipts) - new


def adjust(*, product_id: UUID, delta: int, reason: str, actor: str) -> Movement:
    """Correct the count, up or down. Raises InsufficientStock if it would go below zero."""
    counted = ledger.add(product_id, delta, kind=Movement.Kind.ADJUSTMENT, note=reason, actor=actor)
    if counted is None:
        raise UnknownStock
    available, movement_id = counted
    if movement_id is None:
        raise InsufficientStock(
            [Shortage(product_id=product_id, requested=-delta, available=available)]
        )
    return Movement.objects.get(pk=movement_id)


def set_threshold(*, product_id: UUID, low_stock_threshold: int) -> Stock:
    Stock.objects.filter(pk=product_id).update(
        low_stock_threshold=low_stock_threshold, updated_at=Now()
    )
    return stock_of(product_id)


def reserve(*, order_id: UUID, quantities: Quantities) -> tuple[Reservation, bool]:
    """Hold stock for an order, every line or none; an order id is decided once. Returns whether this call did it.

    Raises InsufficientStock, ReservationReleased or ReservationMismatch.
    """
    made, available = ledger.reserve(order_id, quantities)
    if made:
        return made, True
    _refuse_if_short(order_id, quantities, available)
    return _decided(order_id, quantities), False


def release(*, order_id: UUID) -> None:
    """Give the stock of an order back, at most once, and refuse whatever comes for it later.

    Raises ReservationFulfilled when the goods have left.
    """
    if ledger.shut(order_id, {}) or ledger.close(order_id, Reservation.Status.RELEASED):
        return
    if Reservation.objects.get(pk=order_id).status == Reservation.Status.FULFILLED:
        raise ReservationFulfilled


def fulfil(*, order_id: UUID) -> None:
    """Take the units of an order out of the house, at most once. Raises UnknownReservation or ReservationReleased."""
    if ledger.close(order_id, Reservation.Status.FULFILLED):
        return
    if reservation_of(order_id).status != Reservation.Status.FULFILLED:
        raise ReservationReleased


def _clear_marks(verified: Iterable[UUID]) -> None:
    """After the receipt, which has locked these rows in their order."""
    Stock.objects.filter(pk__in=verified, product_unverified=True).update(product_unverified=False)


def _refuse_if_short(order_id: UUID, quantities: Quantities, available: Quantities) -> None:
    """A shortage is remembered like a release: were this request delivered a second time, nobody would be waiting for it."""
    shortages = [
        Shortage(product_id=product_id, requested=units, available=available.get(product_id, 0))
        for product_id, units in quantities.items()
        if available.get(product_id, 0) < units
    ]
    if shortages and ledger.shut(order_id, quantities):
        raise InsufficientStock(shortages)


def _decided(order_id: UUID, quantities: Quantities) -> Reservation:
    reservation = Reservation.objects.get(pk=order_id)
    if reservation.status == Reservation.Status.RELEASED:
        raise ReservationReleased
    if reservation.items != ledger.as_items(quantities):
        raise ReservationMismatch
    return reservation

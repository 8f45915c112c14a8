from itertools import product
from uuid import uuid4

import pytest

from inventory import selectors, services
from inventory.errors import (
    InsufficientStock,
    ReservationFulfilled,
    ReservationMismatch,
    ReservationNotFound,
    ReservationReleased,
    StockNotFound,
)
from inventory.models import Movement, Reservation, Stock
from tests.conftest import STAFF, assert_ledger_matches_stock

pytestmark = pytest.mark.django_db


def last_movement(row):
    return Movement.objects.filter(product_id=row.product_id).order_by("-id")[0]


def status_of(order_id):
    return Reservation.objects.get(pk=order_id).status


def reserve(order_id, **quantities):
    return services.reserve(order_id=order_id, quantities=quantities["quantities"])


# Receiving and counting


def test_the_first_receipt_creates_the_stock_and_the_second_adds_to_it():
    product_id = uuid4()
    first, new = services.receive(product_id=product_id, quantity=10, actor=STAFF, note="one")
    again, new_again = services.receive(product_id=product_id, quantity=5, actor=STAFF)
    assert (first.quantity, first.reserved, new) == (10, 0, True)
    assert (again.quantity, again.reserved, new_again) == (15, 0, False)
    rows = (
        Movement.objects.filter(product_id=product_id)
        .order_by("id")
        .values_list("kind", "delta", "quantity_after", "note", "actor")
    )
    assert list(rows) == [("receipt", 10, 10, "one", STAFF), ("receipt", 5, 15, "", STAFF)]


def test_an_adjustment_goes_up_and_down_to_zero(stock):
    lamp = stock("LAMP", quantity=10)
    up = services.adjust(product_id=lamp.product_id, delta=2, reason="found", actor=STAFF)
    down = services.adjust(product_id=lamp.product_id, delta=-12, reason="burnt", actor=STAFF)
    assert (
        up.kind,
        up.delta,
        up.reserved_delta,
        up.quantity_after,
        up.reserved_after,
        up.note,
    ) == (
        "adjustment",
        2,
        0,
        12,
        0,
        "found",
    )
    assert (down.delta, down.quantity_after, down.actor, down.reference) == (-12, 0, STAFF, None)
    assert stock.units(lamp) == (0, 0)


def test_an_adjustment_cannot_remove_reserved_units(stock, reserved):
    lamp = stock("LAMP", quantity=10)
    reserved(lamp, 4)
    with pytest.raises(InsufficientStock) as error:
        services.adjust(product_id=lamp.product_id, delta=-7, reason="burnt", actor=STAFF)
    assert error.value.extra["items"] == [
        {"product_id": lamp.product_id, "requested": 7, "available": 6}
    ]
    assert stock.units(lamp) == (6, 4)
    assert last_movement(lamp).kind == "reservation"


def test_a_product_never_received_has_no_stock():
    for call in (
        lambda: selectors.get_stock(uuid4()),
        lambda: services.adjust(product_id=uuid4(), delta=1, reason="found", actor=STAFF),
        lambda: services.set_threshold(product_id=uuid4(), low_stock_threshold=1),
    ):
        with pytest.raises(StockNotFound):
            call()
    assert not Stock.objects.exists()
    assert not Movement.objects.exists()


def test_a_threshold_changes_nothing_else(stock):
    lamp = stock("LAMP")
    changed = services.set_threshold(product_id=lamp.product_id, low_stock_threshold=7)
    assert (changed.low_stock_threshold, changed.quantity, changed.reserved) == (7, 10, 0)
    assert Movement.objects.count() == 1


# Reserving


def test_reserving_moves_units_from_quantity_to_reserved(stock):
    lamp, chair, order_id = stock("LAMP", quantity=10), stock("CHAIR", quantity=2), uuid4()
    reservation, new = reserve(order_id, quantities={lamp.product_id: 3, chair.product_id: 2})
    assert (reservation.status, new) == ("held", True)
    assert reservation.items == sorted(
        [
            {"product_id": str(lamp.product_id), "quantity": 3},
            {"product_id": str(chair.product_id), "quantity": 2},
        ],
        key=lambda item: item["product_id"],
    )
    assert (stock.units(lamp), stock.units(chair)) == ((7, 3), (0, 2))
    row = last_movement(lamp)
    assert (row.kind, row.delta, row.reserved_delta, row.quantity_after, row.reserved_after) == (
        "reservation",
        0,
        3,
        7,
        3,
    )
    assert (row.reference, row.actor) == (order_id, "order service")


def test_a_repeated_reservation_is_returned_whatever_the_order_of_its_lines(stock):
    lamp, chair, order_id = stock("LAMP"), stock("CHAIR"), uuid4()
    lines = {lamp.product_id: 3, chair.product_id: 2}
    reserve(order_id, quantities=lines)
    again, new = reserve(order_id, quantities=dict(reversed(lines.items())))
    assert (again.status, new) == ("held", False)
    assert (stock.units(lamp), stock.units(chair)) == ((7, 3), (8, 2))
    assert Movement.objects.count() == 4


def test_a_repeated_reservation_is_returned_when_no_stock_is_left(stock):
    lamp, order_id = stock("LAMP", quantity=3), uuid4()
    reserve(order_id, quantities={lamp.product_id: 3})
    again, new = reserve(order_id, quantities={lamp.product_id: 3})
    assert (again.status, new, stock.units(lamp)) == ("held", False, (0, 3))


def test_one_short_line_leaves_every_line_unreserved(stock):
    lamp, chair, order_id = stock("LAMP", quantity=10), stock("CHAIR", quantity=1), uuid4()
    with pytest.raises(InsufficientStock) as error:
        reserve(order_id, quantities={lamp.product_id: 3, chair.product_id: 2})
    assert error.value.extra["items"] == [
        {"product_id": chair.product_id, "requested": 2, "available": 1}
    ]
    assert (stock.units(lamp), stock.units(chair)) == ((10, 0), (1, 0))
    assert Movement.objects.count() == 2


def test_every_short_line_is_reported_and_an_unknown_product_has_0_units(stock):
    lamp, unknown = stock("LAMP", quantity=1), uuid4()
    with pytest.raises(InsufficientStock) as error:
        reserve(uuid4(), quantities={lamp.product_id: 2, unknown: 1})
    assert error.value.extra["items"] == [
        {"product_id": lamp.product_id, "requested": 2, "available": 1},
        {"product_id": unknown, "requested": 1, "available": 0},
    ]
    assert not Stock.objects.filter(pk=unknown).exists()


def test_after_a_shortage_the_order_id_stays_released_when_stock_arrives(stock):
    lamp, order_id = stock("LAMP", quantity=1), uuid4()
    with pytest.raises(InsufficientStock):
        reserve(order_id, quantities={lamp.product_id: 2})
    with pytest.raises(ReservationReleased):
        reserve(order_id, quantities={lamp.product_id: 2})
    stock("LAMP", quantity=5)
    with pytest.raises(ReservationReleased):
        reserve(order_id, quantities={lamp.product_id: 2})
    assert stock.units(lamp) == (6, 0)


@pytest.mark.parametrize("quantity", [1, 3, 100])
def test_other_items_for_the_same_order_id_are_a_mismatch(stock, quantity):
    lamp, chair, order_id = stock("LAMP"), stock("CHAIR"), uuid4()
    reserve(order_id, quantities={lamp.product_id: 2})
    for other in (
        {lamp.product_id: quantity},
        {chair.product_id: 2},
        {lamp.product_id: 2, chair.product_id: quantity},
        {uuid4(): 1},
    ):
        with pytest.raises(ReservationMismatch):
            reserve(order_id, quantities=other)
    assert (stock.units(lamp), stock.units(chair)) == ((8, 2), (10, 0))


# Every order of two and three steps after one another, with what each step has to response

NOTHING, HELD, RELEASED, FULFILLED = "nothing", "held", "released", "fulfilled"
STEPS = {
    "reserve": {NOTHING: HELD, HELD: HELD, RELEASED: ReservationReleased, FULFILLED: FULFILLED},
    "release": {
        NOTHING: RELEASED,
        HELD: RELEASED,
        RELEASED: RELEASED,
        FULFILLED: ReservationFulfilled,
    },
    "fulfil": {
        NOTHING: ReservationNotFound,
        HELD: FULFILLED,
        RELEASED: ReservationReleased,
        FULFILLED: FULFILLED,
    },
    "mismatch": {
        NOTHING: None,
        HELD: ReservationMismatch,
        RELEASED: ReservationReleased,
        FULFILLED: ReservationMismatch,
    },
}
UNITS = {NOTHING: (10, 0), HELD: (6, 4), RELEASED: (10, 0), FULFILLED: (6, 0)}


def take(step, order_id, lamp):
    if step in {"reserve", "mismatch"}:
        return services.reserve(
            order_id=order_id, quantities={lamp.product_id: 4 if step == "reserve" else 5}
        )
    return {"release": services.release, "fulfil": services.fulfil}[step](order_id=order_id)


@pytest.mark.parametrize(
    "steps", [steps for steps in product(STEPS, repeat=3) if steps[0] != "mismatch"], ids="-".join
)
def test_every_transition_of_a_reservation_happens_once_or_is_rejected(stock, steps):
    lamp, order_id, state = stock("LAMP", quantity=10), uuid4(), NOTHING
    for step in steps:
        outcome = STEPS[step][state]
        if outcome is None:
            return
        if isinstance(outcome, str):
            take(step, order_id, lamp)
            state = outcome
        else:
            with pytest.raises(outcome):
                take(step, order_id, lamp)
        assert stock.units(lamp) == UNITS[state]
        assert_ledger_matches_stock()
        assert state == NOTHING or status_of(order_id) == state


def test_releasing_an_unknown_order_id_rejects_a_late_reservation(
    stock,
):
    lamp, order_id = stock("LAMP"), uuid4()
    services.release(order_id=order_id)
    assert (status_of(order_id), Reservation.objects.get().items) == (RELEASED, [])
    for _ in range(2):
        with pytest.raises(ReservationReleased):
            reserve(order_id, quantities={lamp.product_id: 1})
    with pytest.raises(ReservationReleased):
        reserve(order_id, quantities={lamp.product_id: 11})
    assert stock.units(lamp) == (10, 0)


def test_release_and_fulfilment_are_recorded_once_in_the_ledger(stock, reserved):
    lamp = stock("LAMP")
    back, gone = reserved(lamp, 3), reserved(lamp, 2)
    for _ in range(3):
        services.release(order_id=back)
        services.fulfil(order_id=gone)
    rows = Movement.objects.exclude(kind__in=["receipt", "reservation"]).order_by("id")
    assert list(
        rows.values_list(
            "kind", "delta", "reserved_delta", "quantity_after", "reserved_after", "reference"
        )
    ) == [
        ("release", 0, -3, 8, 2, back),
        ("fulfilment", -2, -2, 8, 0, gone),
    ]


def test_fulfilling_an_unknown_order_id_stores_nothing():
    with pytest.raises(ReservationNotFound):
        services.fulfil(order_id=uuid4())
    assert not Reservation.objects.exists()

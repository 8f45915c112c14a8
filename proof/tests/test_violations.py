"""Each way in which an invariant can be broken is found, named with its ids, and printed in one line."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from proof.audit import audit
from proof.report import Report
from proof.rows import FailedTask, Movement, Order, Reservation, Stock
from proof.shop import Shop
from proof.tests.stand_in import StandIn


@dataclass
class Facts:
    """A shop in which everything has happened once."""

    shop: StandIn
    lamp: str
    chair: str
    confirmed: str
    shipped: str
    delivered: str
    cancelled: str


@pytest.fixture
def facts(stand_in: StandIn) -> Facts:
    lamp, chair = stand_in.receive(100), stand_in.receive(50)
    stand_in.receive(5, lamp)
    both = ((lamp, 2), (chair, 1))
    confirmed, shipped, delivered, cancelled = (stand_in.place(*both) for _ in range(4))
    stand_in.ship(shipped)
    stand_in.ship(delivered)
    stand_in.order(delivered)["status"] = "delivered"
    stand_in.cancel(cancelled)
    stand_in.release(stand_in.reserve((chair, 4)))  # a try that came to nothing
    return Facts(stand_in, lamp, chair, confirmed, shipped, delivered, cancelled)


def test_a_shop_in_which_all_is_right_is_clean_and_wholly_read(facts: Facts, running: Shop) -> None:
    report = audit(running, settle=0)

    assert report.violations == []
    assert (report.products, report.orders, report.reservations) == (2, 4, 5)
    assert report.ledger_rows == len(facts.shop.ledger) == 19
    assert report.looked_at_again == 0


def test_a_shop_with_nothing_in_it_is_clean(running: Shop) -> None:
    assert audit(running, settle=0) == Report(seconds=pytest.approx(0, abs=5))


def _one(running: Shop) -> str:
    """The one violation there is, as it is printed."""
    report = audit(running, settle=0)
    assert len(report.violations) == 1, report.as_text()
    line = str(report.violations[0])
    assert "\n" not in line
    return line


def _all(running: Shop) -> list[str]:
    return [str(violation) for violation in audit(running, settle=0).violations]


# Invariant 1


def test_stock_that_is_not_the_sum_of_its_ledger(facts: Facts, running: Shop, url: str) -> None:
    facts.shop.stock[facts.lamp]["quantity"] += 1

    assert _one(running) == (
        f"VIOLATION of invariant 1: product {facts.lamp} has quantity 100 and reserved 2, together 102; its ledger sums up to 101"
        f" | {url}/api/inventory/{facts.lamp}/ {url}/api/inventory/{facts.lamp}/movements/"
    )


def test_stock_with_the_right_sum_that_is_not_as_its_newest_ledger_row_says(facts: Facts, running: Shop) -> None:
    facts.shop.stock[facts.lamp] |= {"quantity": 100, "reserved": 1}

    assert "has quantity 100 and reserved 1; the newest row of its ledger says quantity 99 and reserved 2 |" in _one(running)


@pytest.mark.parametrize(("quantity", "reserved"), [(-1, 102), (102, -1)])
def test_stock_that_is_less_than_nothing(facts: Facts, running: Shop, quantity: int, reserved: int) -> None:
    facts.shop.stock[facts.lamp] |= {"quantity": quantity, "reserved": reserved}

    first, second = _all(running)
    assert f"product {facts.lamp} has quantity {quantity} and reserved {reserved}: less than nothing |" in first
    assert "the newest row of its ledger says" in second


def test_a_ledger_row_that_is_less_than_nothing_though_the_stock_is_not_any_more(stand_in: StandIn, running: Shop) -> None:
    lamp = stand_in.receive(-1)
    stand_in.receive(5, lamp)

    row = stand_in.ledger[0]["id"]
    assert f"ledger row {row} says quantity -1, reserved 0: less than nothing; product {lamp} |" in _one(running)


@pytest.mark.parametrize("field", ["delta", "reserved_delta", "quantity_after", "reserved_after"])
def test_a_ledger_row_that_does_not_follow_from_the_one_before(facts: Facts, running: Shop, field: str) -> None:
    row = facts.shop.movements(facts.lamp)[4]
    row[field] += 1

    steps = [line for line in _all(running) if f"VIOLATION of invariant 1: ledger row {row['id']} goes from quantity" in line]
    assert len(steps) == 1
    assert f"; product {facts.lamp} |" in steps[0]


def test_a_first_ledger_row_that_does_not_begin_with_nothing(stand_in: StandIn, running: Shop) -> None:
    lamp = stand_in.receive(10)
    stand_in.receive(1, lamp)
    del stand_in.ledger[0]

    first, second = _all(running)
    row = stand_in.ledger[0]["id"]
    assert f"ledger row {row} goes from quantity 0, reserved 0 by delta +1, of it reserved +0, to quantity 11, reserved 0" in first
    assert "together 11; its ledger sums up to 1 |" in second


def test_a_ledger_row_that_is_gone(facts: Facts, running: Shop) -> None:
    facts.shop.ledger.remove(facts.shop.movements(facts.chair)[3])

    assert any("invariant 1: ledger row" in line and f"product {facts.chair}" in line for line in _all(running))


def test_stock_without_a_ledger(stand_in: StandIn, running: Shop) -> None:
    stand_in.receive(3)
    stand_in.ledger.clear()

    assert "has quantity 3 and reserved 0, together 3; its ledger sums up to 0 |" in _one(running)


def test_units_that_are_reserved_for_no_order(stand_in: StandIn, running: Shop) -> None:
    lamp = stand_in.receive(10)
    stand_in._move(lamp, 0, 3, None)

    assert f"ledger row {stand_in.ledger[-1]['id']} changes reserved by +3 for no order; product {lamp} |" in _one(running)


def test_units_that_are_reserved_without_a_reservation(stand_in: StandIn, running: Shop, url: str) -> None:
    lamp = stand_in.receive(10)
    order_id = stand_in.new_id()
    stand_in._move(lamp, 0, 3, order_id)

    assert _one(running) == (
        f"VIOLATION of invariant 1: of product {lamp} the ledger has 3 reserved for order {order_id}, whose reservation holds 0"
        f" | {url}/api/inventory/{lamp}/movements/ {url}/api/inventory/reservations/{order_id}/"
    )


def test_units_that_came_back_twice(facts: Facts, running: Shop) -> None:
    facts.shop._move(facts.lamp, 0, -2, facts.cancelled)

    assert f"of product {facts.lamp} the ledger has -2 reserved for order {facts.cancelled}, whose reservation holds 0" in _one(
        running
    )


def test_units_that_are_held_of_a_product_without_stock(facts: Facts, running: Shop) -> None:
    sofa = facts.shop.new_id()
    for row in (facts.shop.order(facts.confirmed), facts.shop.reservation(facts.confirmed)):
        row["items"].append({"product_id": sofa, "quantity": 7})

    assert f"7 units of product {sofa} are held, and it has no stock row |" in _one(running)


# Invariants 2 and 3


@pytest.mark.parametrize(
    ("order", "status", "words"),
    [
        ("confirmed", "released", "is confirmed, but its reservation is released"),
        ("confirmed", "fulfilled", "is confirmed, but its reservation is fulfilled"),
        ("shipped", "held", "is shipped, but its reservation is held"),
        ("shipped", "released", "is shipped, but its reservation is released"),
        ("delivered", "held", "is delivered, but its reservation is held"),
        ("delivered", "released", "is delivered, but its reservation is released"),
        ("cancelled", "held", "is cancelled, but its reservation is held"),
        ("cancelled", "fulfilled", "is cancelled, but its reservation is fulfilled"),
    ],
)
def test_an_order_whose_reservation_is_not_as_it_should(
    facts: Facts, running: Shop, url: str, order: str, status: str, words: str
) -> None:
    order_id = getattr(facts, order)
    facts.shop.reservation(order_id)["status"] = status

    number = facts.shop.order(order_id)["number"]
    assert [line for line in _all(running) if "invariant 1" not in line] == [
        f"VIOLATION of invariant 2: order {order_id} ({number}) {words}"
        f" | {url}/api/orders/{order_id}/ {url}/api/inventory/reservations/{order_id}/"
    ]


@pytest.mark.parametrize("order", ["confirmed", "shipped", "delivered"])
def test_an_order_without_a_reservation(facts: Facts, running: Shop, order: str) -> None:
    order_id = getattr(facts, order)
    facts.shop.reservations.remove(facts.shop.reservation(order_id))

    [line] = [line for line in _all(running) if "invariant 2" in line]
    assert f"order {order_id} " in line
    assert f"is {order}, but its reservation is missing |" in line


@pytest.mark.parametrize("order", ["confirmed", "shipped", "delivered"])
def test_an_order_whose_reservation_is_of_other_items(facts: Facts, running: Shop, order: str) -> None:
    order_id = getattr(facts, order)
    facts.shop.order(order_id)["items"][0]["quantity"] += 1

    line = _one(running)
    assert f"invariant 2: order {order_id} " in line
    assert (
        f"is {order} with 3 of {facts.lamp}, 1 of {facts.chair}, but its reservation is of 2 of {facts.lamp}, 1 of {facts.chair}"
        in line
    )


def test_equal_products_of_an_order_are_added_up(facts: Facts, running: Shop) -> None:
    facts.shop.order(facts.confirmed)["items"] = [
        {"product_id": product_id, "quantity": 1} for product_id in (facts.chair, facts.lamp, facts.lamp)
    ]

    assert _all(running) == []


def test_an_order_in_a_status_that_nobody_knows(facts: Facts, running: Shop) -> None:
    facts.shop.order(facts.confirmed)["status"] = "lost"

    assert "is lost, but its reservation is held |" in _one(running)


def test_two_reservations_for_one_order(facts: Facts, running: Shop) -> None:
    facts.shop.reservations.append(dict(facts.shop.reservation(facts.shipped)))

    assert f"VIOLATION of invariant 2: there are two reservations for the order {facts.shipped} |" in _one(running)


@pytest.mark.parametrize("order", ["confirmed", "shipped", "delivered"])
def test_a_reservation_without_its_order(facts: Facts, running: Shop, url: str, order: str) -> None:
    order_id = getattr(facts, order)
    facts.shop.orders.remove(facts.shop.order(order_id))

    status = "held" if order == "confirmed" else "fulfilled"
    assert _one(running) == (
        f"VIOLATION of invariant 3: reservation {order_id} is {status} with 2 of {facts.lamp}, 1 of {facts.chair}, "
        f"but there is no such order | {url}/api/orders/{order_id}/ {url}/api/inventory/reservations/{order_id}/"
    )


def test_a_stock_task_that_has_failed(facts: Facts, running: Shop, url: str) -> None:
    reason = "rejected by inventory: reservation_fulfilled"
    facts.shop.failed_tasks.append({"order_id": facts.cancelled, "verb": "release", "last_error": reason})

    assert _one(running) == (
        f"VIOLATION of invariant 2: the stock task release of order {facts.cancelled} has failed: {reason}"
        f" | {url}/api/orders/{facts.cancelled}/ {url}/api/orders/outbox/?failed=true"
    )


# Invariant 4


def test_two_orders_with_one_number(facts: Facts, running: Shop, url: str) -> None:
    facts.shop.order(facts.shipped)["number"] = facts.shop.order(facts.confirmed)["number"]

    assert _one(running) == (
        f"VIOLATION of invariant 4: orders {facts.confirmed} and {facts.shipped} have the same number SO-00000001"
        f" | {url}/api/orders/{facts.confirmed}/ {url}/api/orders/{facts.shipped}/"
    )


def test_two_orders_with_one_id(facts: Facts, running: Shop) -> None:
    facts.shop.orders.append(facts.shop.order(facts.confirmed) | {"number": "SO-00000009"})

    assert f"VIOLATION of invariant 4: there are two orders with the id {facts.confirmed} |" in _one(running)


def test_several_violations_are_all_found(facts: Facts, running: Shop) -> None:
    facts.shop.stock[facts.lamp]["quantity"] += 1
    facts.shop.reservation(facts.shipped)["status"] = "released"
    facts.shop.orders.remove(facts.shop.order(facts.confirmed))
    facts.shop.order(facts.delivered)["number"] = facts.shop.order(facts.shipped)["number"]

    assert sorted(violation.invariant for violation in audit(running, settle=0).violations) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("read", "row"),
    [
        (Stock.read, {"product_id": "p", "quantity": 1}),
        (Movement.read, {"id": "m", "delta": "much"}),
        (Order.read, {"id": "o", "number": "n", "status": "s", "items": [{}]}),
        (Reservation.read, {"order_id": "o", "status": "held", "items": None}),
        (FailedTask.read, {"order_id": "o", "verb": "release"}),
    ],
)
def test_half_a_row_is_not_taken_for_a_row(read: Callable[[dict], object], row: dict) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        read(row)

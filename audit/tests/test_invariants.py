"""Each violation of an invariant is found, with its ids, and printed in one line."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from audit.client import AuditClient
from audit.invariants import check_invariants
from audit.records import FailedTask, Movement, Order, Reservation, Stock
from audit.report import Report
from audit.tests.fake_shop import FakeShop


@dataclass
class History:
    """Orders in every status."""

    shop: FakeShop
    lamp: str
    chair: str
    confirmed: str
    shipped: str
    delivered: str
    cancelled: str


@pytest.fixture
def history(fake_shop: FakeShop) -> History:
    lamp, chair = fake_shop.receive(100), fake_shop.receive(50)
    fake_shop.receive(5, lamp)
    both = ((lamp, 2), (chair, 1))
    confirmed, shipped, delivered, cancelled = (fake_shop.place(*both) for _ in range(4))
    fake_shop.ship(shipped)
    fake_shop.ship(delivered)
    fake_shop.order(delivered)["status"] = "delivered"
    fake_shop.cancel(cancelled)
    fake_shop.release(fake_shop.reserve((chair, 4)))  # an aborted attempt
    return History(fake_shop, lamp, chair, confirmed, shipped, delivered, cancelled)


def test_correct_system_is_clean_and_completely_read(history: History, client: AuditClient) -> None:
    report = check_invariants(client, settle=0)

    assert report.violations == []
    assert (report.products, report.orders, report.reservations) == (2, 4, 5)
    assert report.ledger_rows == len(history.shop.ledger) == 19
    assert report.rechecked == 0


def test_empty_system_is_clean(client: AuditClient) -> None:
    assert check_invariants(client, settle=0) == Report(seconds=pytest.approx(0, abs=5))


def _one(client: AuditClient) -> str:
    """The only violation, as printed."""
    report = check_invariants(client, settle=0)
    assert len(report.violations) == 1, report.as_text()
    line = str(report.violations[0])
    assert "\n" not in line
    return line


def _all(client: AuditClient) -> list[str]:
    return [str(violation) for violation in check_invariants(client, settle=0).violations]


# Invariant 1


def test_stock_that_is_not_the_sum_of_its_ledger(
    history: History, client: AuditClient, url: str
) -> None:
    history.shop.stock[history.lamp]["quantity"] += 1

    assert _one(client) == (
        f"VIOLATION of invariant 1: product {history.lamp} has quantity 100 and reserved 2, "
        "together 102; the sum of its ledger is 101"
        f" | {url}/api/inventory/{history.lamp}/ {url}/api/inventory/{history.lamp}/movements/"
    )


def test_stock_with_the_right_sum_that_is_not_as_its_newest_ledger_row_says(
    history: History, client: AuditClient
) -> None:
    history.shop.stock[history.lamp] |= {"quantity": 100, "reserved": 1}

    assert (
        "has quantity 100 and reserved 1; the newest row of its ledger has quantity 99 and "
        "reserved 2 |" in _one(client)
    )


@pytest.mark.parametrize(("quantity", "reserved"), [(-1, 102), (102, -1)])
def test_negative_stock(
    history: History, client: AuditClient, quantity: int, reserved: int
) -> None:
    history.shop.stock[history.lamp] |= {"quantity": quantity, "reserved": reserved}

    first, second = _all(client)
    assert (
        f"product {history.lamp} has quantity {quantity} and reserved {reserved}: negative |"
        in first
    )
    assert "the newest row of its ledger has" in second


def test_negative_ledger_row_though_the_stock_is_positive(
    fake_shop: FakeShop, client: AuditClient
) -> None:
    lamp = fake_shop.receive(-1)
    fake_shop.receive(5, lamp)

    row = fake_shop.ledger[0]["id"]
    assert f"ledger row {row} has quantity -1, reserved 0: negative; product {lamp} |" in _one(
        client
    )


@pytest.mark.parametrize("field", ["delta", "reserved_delta", "quantity_after", "reserved_after"])
def test_ledger_row_that_does_not_follow_from_the_one_before(
    history: History, client: AuditClient, field: str
) -> None:
    row = history.shop.movements(history.lamp)[4]
    row[field] += 1

    steps = [
        line
        for line in _all(client)
        if f"VIOLATION of invariant 1: ledger row {row['id']} goes from quantity" in line
    ]
    assert len(steps) == 1
    assert f"; product {history.lamp} |" in steps[0]


def test_first_ledger_row_that_does_not_begin_with_nothing(
    fake_shop: FakeShop, client: AuditClient
) -> None:
    lamp = fake_shop.receive(10)
    fake_shop.receive(1, lamp)
    del fake_shop.ledger[0]

    first, second = _all(client)
    row = fake_shop.ledger[0]["id"]
    assert (
        f"ledger row {row} goes from quantity 0, reserved 0 by delta +1, of it reserved +0, to "
        "quantity 11, reserved 0" in first
    )
    assert "together 11; the sum of its ledger is 1 |" in second


def test_ledger_row_that_is_gone(history: History, client: AuditClient) -> None:
    history.shop.ledger.remove(history.shop.movements(history.chair)[3])

    assert any(
        "invariant 1: ledger row" in line and f"product {history.chair}" in line
        for line in _all(client)
    )


def test_stock_without_a_ledger(fake_shop: FakeShop, client: AuditClient) -> None:
    fake_shop.receive(3)
    fake_shop.ledger.clear()

    assert "has quantity 3 and reserved 0, together 3; the sum of its ledger is 0 |" in _one(client)


def test_units_that_are_reserved_for_no_order(fake_shop: FakeShop, client: AuditClient) -> None:
    lamp = fake_shop.receive(10)
    fake_shop.move_stock(lamp, 0, 3, None)

    assert (
        f"ledger row {fake_shop.ledger[-1]['id']} changes reserved by +3 without an order; product "
        f"{lamp} |" in _one(client)
    )


def test_units_that_are_reserved_without_a_reservation(
    fake_shop: FakeShop, client: AuditClient, url: str
) -> None:
    lamp = fake_shop.receive(10)
    order_id = fake_shop.new_id()
    fake_shop.move_stock(lamp, 0, 3, order_id)

    assert _one(client) == (
        f"VIOLATION of invariant 1: product {lamp}: the ledger has 3 reserved for order "
        f"{order_id}, but its reservation holds 0"
        f" | {url}/api/inventory/{lamp}/movements/ {url}/api/inventory/reservations/{order_id}/"
    )


def test_units_that_came_back_twice(history: History, client: AuditClient) -> None:
    history.shop.move_stock(history.lamp, 0, -2, history.cancelled)

    assert (
        f"product {history.lamp}: the ledger has -2 reserved for order {history.cancelled}, but "
        "its reservation holds 0" in _one(client)
    )


def test_units_that_are_held_of_a_product_without_stock(
    history: History, client: AuditClient
) -> None:
    sofa = history.shop.new_id()
    for row in (history.shop.order(history.confirmed), history.shop.reservation(history.confirmed)):
        row["items"].append({"product_id": sofa, "quantity": 7})

    assert f"7 units of product {sofa} are held, but it has no stock row |" in _one(client)


# Invariants 2 and 3


WRONG_STATUSES = {"confirmed": ("released", "fulfilled"), "shipped": ("held", "released")}
WRONG_STATUSES |= {"delivered": ("held", "released"), "cancelled": ("held", "fulfilled")}


@pytest.mark.parametrize(
    ("order", "status"),
    [(order, status) for order, each in WRONG_STATUSES.items() for status in each],
)
def test_order_whose_reservation_has_a_wrong_status(
    history: History, client: AuditClient, order: str, status: str
) -> None:
    order_id = getattr(history, order)
    history.shop.reservation(order_id)["status"] = status

    number = history.shop.order(order_id)["number"]
    assert [line for line in _all(client) if "invariant 1" not in line] == [
        f"VIOLATION of invariant 2: order {order_id} ({number}) is {order}, but its reservation is "
        f"{status}"
        f" | {client.order_url(order_id)} {client.reservation_url(order_id)}"
    ]


@pytest.mark.parametrize("order", ["confirmed", "shipped", "delivered"])
def test_order_without_a_reservation(history: History, client: AuditClient, order: str) -> None:
    order_id = getattr(history, order)
    history.shop.reservations.remove(history.shop.reservation(order_id))

    [line] = [line for line in _all(client) if "invariant 2" in line]
    assert f"order {order_id} " in line
    assert f"is {order}, but its reservation is missing |" in line


@pytest.mark.parametrize("order", ["confirmed", "shipped", "delivered"])
def test_order_whose_reservation_is_of_other_items(
    history: History, client: AuditClient, order: str
) -> None:
    order_id = getattr(history, order)
    history.shop.order(order_id)["items"][0]["quantity"] += 1

    line = _one(client)
    assert f"invariant 2: order {order_id} " in line
    ordered, reserved = (f"{units} of {history.lamp}, 1 of {history.chair}" for units in (3, 2))
    assert f"is {order} with {ordered}, but its reservation has {reserved}" in line


def test_equal_products_of_an_order_are_added_up(history: History, client: AuditClient) -> None:
    history.shop.order(history.confirmed)["items"] = [
        {"product_id": product_id, "quantity": 1}
        for product_id in (history.chair, history.lamp, history.lamp)
    ]

    assert _all(client) == []


def test_order_in_an_unknown_status(history: History, client: AuditClient) -> None:
    history.shop.order(history.confirmed)["status"] = "lost"

    assert "is lost, but its reservation is held |" in _one(client)


def test_two_reservations_for_one_order(history: History, client: AuditClient) -> None:
    history.shop.reservations.append(dict(history.shop.reservation(history.shipped)))

    assert (
        f"VIOLATION of invariant 2: there are two reservations for the order {history.shipped} |"
        in _one(client)
    )


@pytest.mark.parametrize("order", ["confirmed", "shipped", "delivered"])
def test_reservation_without_its_order(
    history: History, client: AuditClient, url: str, order: str
) -> None:
    order_id = getattr(history, order)
    history.shop.orders.remove(history.shop.order(order_id))

    status = "held" if order == "confirmed" else "fulfilled"
    assert _one(client) == (
        f"VIOLATION of invariant 3: reservation {order_id} is {status} with 2 of {history.lamp}, 1 "
        f"of {history.chair}, "
        f"but there is no such order | {url}/api/orders/{order_id}/ "
        f"{url}/api/inventory/reservations/{order_id}/"
    )


def test_stock_task_that_has_failed(history: History, client: AuditClient, url: str) -> None:
    reason = "rejected by inventory: reservation_fulfilled"
    history.shop.failed_tasks.append(
        {"order_id": history.cancelled, "verb": "release", "last_error": reason}
    )

    assert _one(client) == (
        f"VIOLATION of invariant 2: the stock task release of order {history.cancelled} has "
        f"failed: {reason}"
        f" | {url}/api/orders/{history.cancelled}/ {url}/api/orders/outbox/?failed=true"
    )


# Invariant 4


def test_two_orders_with_one_number(history: History, client: AuditClient, url: str) -> None:
    history.shop.order(history.shipped)["number"] = history.shop.order(history.confirmed)["number"]

    assert _one(client) == (
        f"VIOLATION of invariant 4: orders {history.confirmed} and {history.shipped} have the same "
        "number SO-00000001"
        f" | {url}/api/orders/{history.confirmed}/ {url}/api/orders/{history.shipped}/"
    )


def test_two_orders_with_one_id(history: History, client: AuditClient) -> None:
    history.shop.orders.append(history.shop.order(history.confirmed) | {"number": "SO-00000009"})

    assert (
        f"VIOLATION of invariant 4: there are two orders with the id {history.confirmed} |"
        in _one(client)
    )


def test_several_violations_are_all_found(history: History, client: AuditClient) -> None:
    history.shop.stock[history.lamp]["quantity"] += 1
    history.shop.reservation(history.shipped)["status"] = "released"
    history.shop.orders.remove(history.shop.order(history.confirmed))
    history.shop.order(history.delivered)["number"] = history.shop.order(history.shipped)["number"]

    assert sorted(
        violation.invariant for violation in check_invariants(client, settle=0).violations
    ) == [1, 2, 3, 4]


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
def test_incomplete_row_is_an_error(read: Callable[[dict], object], row: dict) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        read(row)

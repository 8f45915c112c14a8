"""The system is at work while it is read: what is only in between is no violation, what stays wrong is one."""

from collections.abc import Callable

import pytest

from proof.audit import audit
from proof.shop import Shop
from proof.tests.conftest import Clock
from proof.tests.stand_in import StandIn


def nth(path: str, number: int, happens: Callable[[], object]) -> Callable[[str], None]:
    """`happens` before the request of that number (from 1) to that path is answered."""
    seen = []

    def before(asked: str) -> None:
        if asked == path:
            seen.append(asked)
            if len(seen) == number:
                happens()

    return before


@pytest.fixture
def lamp(stand_in: StandIn) -> str:
    return stand_in.receive(100)


def test_a_reservation_whose_order_is_being_saved(stand_in: StandIn, running: Shop, lamp: str) -> None:
    order_id = stand_in.reserve((lamp, 2))
    stand_in.before = nth(f"/api/orders/{order_id}/", 2, lambda: stand_in.save(order_id, (lamp, 2)))

    report = audit(running, settle=60)

    assert (report.violations, report.looked_at_again) == ([], 1)


def test_a_reservation_that_the_worker_releases_in_time(stand_in: StandIn, running: Shop, lamp: str, clock: Clock) -> None:
    order_id = stand_in.reserve((lamp, 2))
    began = clock.now

    def worker(path: str) -> None:
        if clock.now >= began + 50 and stand_in.reservation(order_id)["status"] == "held":
            stand_in.release(order_id)

    stand_in.before = worker

    assert audit(running, settle=60).clean
    assert 50 <= clock.now - began < 55


@pytest.mark.parametrize("settle", [0, 7, 60])
def test_a_reservation_that_stays_without_order_is_a_violation_when_the_time_is_over(
    stand_in: StandIn, running: Shop, lamp: str, clock: Clock, settle: float
) -> None:
    order_id = stand_in.reserve((lamp, 2))
    began = clock.now

    [violation] = audit(running, settle=settle).violations

    assert (violation.invariant, violation.ids) == (3, {"order_id": order_id})
    assert clock.now - began == pytest.approx(settle)
    assert len(clock.slept) < 60


def test_without_time_to_settle_there_is_still_a_second_look(stand_in: StandIn, running: Shop, lamp: str) -> None:
    order_id = stand_in.place((lamp, 2))
    stand_in.order(order_id)["status"] = "cancelled"
    stand_in.before = nth(f"/api/orders/{order_id}/", 1, lambda: stand_in.release(order_id))

    assert audit(running, settle=0).clean


def test_an_order_that_is_cancelled_between_two_reads_of_a_second_look(stand_in: StandIn, running: Shop, lamp: str) -> None:
    order_id = stand_in.place((lamp, 2))
    stand_in.before = nth("/api/inventory/reservations/", 1, lambda: stand_in.ship(order_id))  # so that there is a second look
    stand_in.order(order_id)["status"] = "confirmed"
    first, seen = stand_in.before, []

    def before(path: str) -> None:
        first(path)
        seen.append(path)
        if seen.count(f"/api/inventory/reservations/{order_id}/") == 1 and path == f"/api/inventory/reservations/{order_id}/":
            stand_in.order(order_id)["status"] = "delivered"

    stand_in.before = before

    assert audit(running, settle=0).clean


def test_what_is_shipped_while_it_is_read(stand_in: StandIn, running: Shop, lamp: str) -> None:
    order_id = stand_in.place((lamp, 2))
    stand_in.before = nth("/api/inventory/reservations/", 1, lambda: stand_in.ship(order_id))

    report = audit(running, settle=0)

    assert (report.violations, report.looked_at_again) == ([], 1)


def test_stock_that_changes_before_its_ledger_is_read(stand_in: StandIn, running: Shop, lamp: str) -> None:
    stand_in.before = nth(f"/api/inventory/{lamp}/movements/", 1, lambda: stand_in.place((lamp, 2)))

    assert audit(running, settle=0).clean


def test_stock_that_is_never_still(stand_in: StandIn, running: Shop, lamp: str) -> None:
    """An order comes before and after each single request."""

    def before(path: str) -> None:
        if not path.startswith("/api/users/"):
            stand_in.place((lamp, 1))
            stand_in.cancel(stand_in.place((lamp, 1)))

    stand_in.before = before

    report = audit(running, settle=0)

    assert report.violations == []
    assert report.looked_at_again > 1


def test_wrong_stock_is_found_though_it_is_never_still(stand_in: StandIn, running: Shop, lamp: str) -> None:
    stand_in.stock[lamp]["quantity"] += 1
    stand_in.before = lambda path: path.startswith("/api/inventory/") and stand_in.receive(1, lamp)

    violations = audit(running, settle=0).violations

    assert "ledger row" in violations[0].message
    assert {violation.ids["product_id"] for violation in violations} == {lamp}


def test_a_reservation_that_is_made_and_closed_between_two_looks_at_the_ledger(stand_in: StandIn, running: Shop, lamp: str) -> None:
    order_id = stand_in.place((lamp, 2))
    stand_in.before = nth("/api/inventory/", 1, lambda: stand_in.cancel(order_id))

    report = audit(running, settle=0)

    assert report.clean


def test_units_that_two_orders_hold_for_one_another_are_left_to_invariant_2(stand_in: StandIn, running: Shop, lamp: str) -> None:
    """The sum is right, so the product is not suspected; what is wrong about it shows in the orders."""
    first, second = stand_in.place((lamp, 2)), stand_in.place((lamp, 3))
    stand_in.reservation(first)["items"][0]["quantity"] = 3
    stand_in.reservation(second)["items"][0]["quantity"] = 2

    assert [violation.ids for violation in audit(running, settle=0).violations] == [{"order_id": second}, {"order_id": first}]


def test_rows_that_are_added_while_pages_are_read_shift_nothing(stand_in: StandIn, running: Shop, lamp: str) -> None:
    orders = [stand_in.place((lamp, 1)) for _ in range(10)]
    stand_in.before = lambda path: path == "/api/orders/" and stand_in.place((lamp, 1))

    report = audit(running, settle=0)

    assert report.violations == []
    assert report.orders == len(orders) + 1  # one came before the first page

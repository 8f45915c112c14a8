"""Changes during an audit: a transient state is no violation, a lasting one is."""

from collections.abc import Callable

import pytest

from audit.client import AuditClient
from audit.invariants import check_invariants
from audit.tests.conftest import Clock
from audit.tests.fake_shop import FakeShop


def nth(path: str, number: int, happens: Callable[[], object]) -> Callable[[str], None]:
    """Call `happens` before the response to the n-th request (from 1) to a path."""
    seen = []

    def before(requested: str) -> None:
        if requested == path:
            seen.append(requested)
            if len(seen) == number:
                happens()

    return before


@pytest.fixture
def lamp(fake_shop: FakeShop) -> str:
    return fake_shop.receive(100)


def test_reservation_whose_order_is_being_saved(
    fake_shop: FakeShop, client: AuditClient, lamp: str
) -> None:
    order_id = fake_shop.reserve((lamp, 2))
    fake_shop.before = nth(
        f"/api/orders/{order_id}/", 2, lambda: fake_shop.save(order_id, (lamp, 2))
    )

    report = check_invariants(client, settle=60)

    assert (report.violations, report.rechecked) == ([], 1)


def test_reservation_that_the_worker_releases_in_time(
    fake_shop: FakeShop, client: AuditClient, lamp: str, clock: Clock
) -> None:
    order_id = fake_shop.reserve((lamp, 2))
    began = clock.now

    def worker(path: str) -> None:
        if clock.now >= began + 50 and fake_shop.reservation(order_id)["status"] == "held":
            fake_shop.release(order_id)

    fake_shop.before = worker

    assert check_invariants(client, settle=60).clean
    assert 50 <= clock.now - began < 55


@pytest.mark.parametrize("settle", [0, 7, 60])
def test_reservation_that_stays_without_order_is_a_violation_after_the_settle_time(
    fake_shop: FakeShop, client: AuditClient, lamp: str, clock: Clock, settle: float
) -> None:
    order_id = fake_shop.reserve((lamp, 2))
    began = clock.now

    [violation] = check_invariants(client, settle=settle).violations

    assert (violation.invariant, violation.ids) == (3, {"order_id": order_id})
    assert clock.now - began == pytest.approx(settle)
    assert len(clock.slept) < 60


def test_suspects_are_rechecked_once_without_settle_time(
    fake_shop: FakeShop, client: AuditClient, lamp: str
) -> None:
    order_id = fake_shop.place((lamp, 2))
    fake_shop.order(order_id)["status"] = "cancelled"
    fake_shop.before = nth(f"/api/orders/{order_id}/", 1, lambda: fake_shop.release(order_id))

    assert check_invariants(client, settle=0).clean


def test_order_that_is_cancelled_between_two_reads_of_a_recheck(
    fake_shop: FakeShop, client: AuditClient, lamp: str
) -> None:
    order_id = fake_shop.place((lamp, 2))
    fake_shop.before = nth(
        "/api/inventory/reservations/", 1, lambda: fake_shop.ship(order_id)
    )  # causes a recheck
    fake_shop.order(order_id)["status"] = "confirmed"
    first, seen = fake_shop.before, []

    def before(path: str) -> None:
        first(path)
        seen.append(path)
        if (
            seen.count(f"/api/inventory/reservations/{order_id}/") == 1
            and path == f"/api/inventory/reservations/{order_id}/"
        ):
            fake_shop.order(order_id)["status"] = "delivered"

    fake_shop.before = before

    assert check_invariants(client, settle=0).clean


def test_what_is_shipped_while_it_is_read(
    fake_shop: FakeShop, client: AuditClient, lamp: str
) -> None:
    order_id = fake_shop.place((lamp, 2))
    fake_shop.before = nth("/api/inventory/reservations/", 1, lambda: fake_shop.ship(order_id))

    report = check_invariants(client, settle=0)

    assert (report.violations, report.rechecked) == ([], 1)


def test_stock_that_changes_before_its_ledger_is_read(
    fake_shop: FakeShop, client: AuditClient, lamp: str
) -> None:
    fake_shop.before = nth(
        f"/api/inventory/{lamp}/movements/", 1, lambda: fake_shop.place((lamp, 2))
    )

    assert check_invariants(client, settle=0).clean


def test_stock_that_changes_with_every_request(
    fake_shop: FakeShop, client: AuditClient, lamp: str
) -> None:
    """Orders are placed before each response."""

    def before(path: str) -> None:
        if not path.startswith("/api/users/"):
            fake_shop.place((lamp, 1))
            fake_shop.cancel(fake_shop.place((lamp, 1)))

    fake_shop.before = before

    report = check_invariants(client, settle=0)

    assert report.violations == []
    assert report.rechecked > 1


def test_wrong_stock_is_found_while_it_changes(
    fake_shop: FakeShop, client: AuditClient, lamp: str
) -> None:
    fake_shop.stock[lamp]["quantity"] += 1
    fake_shop.before = lambda path: (
        path.startswith("/api/inventory/") and fake_shop.receive(1, lamp)
    )

    violations = check_invariants(client, settle=0).violations

    assert "ledger row" in violations[0].message
    assert {violation.ids["product_id"] for violation in violations} == {lamp}


def test_reservation_that_is_made_and_closed_between_two_reads_of_the_ledger(
    fake_shop: FakeShop, client: AuditClient, lamp: str
) -> None:
    order_id = fake_shop.place((lamp, 2))
    fake_shop.before = nth("/api/inventory/", 1, lambda: fake_shop.cancel(order_id))

    report = check_invariants(client, settle=0)

    assert report.clean


def test_swapped_reservations_violate_invariant_2_only(
    fake_shop: FakeShop, client: AuditClient, lamp: str
) -> None:
    """The sum is correct, so the product is no suspect; the orders show the violation."""
    first, second = fake_shop.place((lamp, 2)), fake_shop.place((lamp, 3))
    fake_shop.reservation(first)["items"][0]["quantity"] = 3
    fake_shop.reservation(second)["items"][0]["quantity"] = 2

    assert [violation.ids for violation in check_invariants(client, settle=0).violations] == [
        {"order_id": second},
        {"order_id": first},
    ]


def test_rows_added_between_pages_are_neither_lost_nor_repeated(
    fake_shop: FakeShop, client: AuditClient, lamp: str
) -> None:
    orders = [fake_shop.place((lamp, 1)) for _ in range(10)]
    fake_shop.before = lambda path: path == "/api/orders/" and fake_shop.place((lamp, 1))

    report = check_invariants(client, settle=0)

    assert report.violations == []
    assert report.orders == len(orders) + 1  # one was placed before the first page

"""Neighbours that stop in the middle of an order, and come back."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest

from integration_tests import reconciliation
from integration_tests.concurrency import at_once, wait_until
from integration_tests.shop import Shop, Stock, User, expect, is_unavailable, problem
from local_stack import Stack

pytestmark = pytest.mark.usefixtures("recovered")


@contextmanager
def frozen(stack: Stack, name: str) -> Iterator[None]:
    stack.freeze(name)
    try:
        yield
    finally:
        stack.resume(name)
        stack.wait_ready(name)


@contextmanager
def stopped(stack: Stack, name: str) -> Iterator[None]:
    stack.stop(name)
    try:
        yield
    finally:
        stack.start(name)
        stack.wait_ready(name)


@pytest.mark.parametrize(("name", "end"), [("inventory", "thawed"), ("inventory", "killed"), ("product", "thawed")])
def test_a_neighbour_freezes_in_the_middle_of_orders(
    stack: Stack, shop: Shop, staff: User, buyers: list[User], name: str, end: str
) -> None:
    """Half of the buyers come back with their keys, and get their orders; for the others nothing stays held."""
    product_id = shop.stocked(staff, 1000)
    keys = [(buyer, uuid4().hex) for buyer in buyers * 4]

    with frozen(stack, name):
        answers = at_once([lambda each=each: shop.order_in_time(each[0], {product_id: 2}, each[1]) for each in keys])
        assert all(is_unavailable(answer, name, "order") for answer in answers)  # the last of a queue may be sent away by its end
        if end == "killed":
            stack.kill(name)

    placed = at_once([lambda each=each: shop.order_until_decided(each[0], {product_id: 2}, each[1]) for each in keys[::2]])
    reconciliation.check(shop, staff, {product_id: 1000}, [expect(201, answer) for answer in placed])


def test_while_inventory_is_down_cancelling_works_and_the_stock_follows(
    stack: Stack, shop: Shop, staff: User, buyers: list[User]
) -> None:
    product_id = shop.stocked(staff, 100)
    cancelled, shipped = [expect(201, shop.order(buyers[0], {product_id: units})) for units in (3, 5)]

    with stopped(stack, "inventory"):
        refused = shop.order_in_time(buyers[0], {product_id: 1}, uuid4().hex)
        assert is_unavailable(refused, "inventory")
        assert expect(200, shop.move(buyers[0], cancelled["id"], "cancel"))["status"] == "cancelled"
        assert expect(200, shop.move(buyers[0], cancelled["id"], "cancel"))["status"] == "cancelled"
        assert expect(200, shop.move(staff, shipped["id"], "ship"))["status"] == "shipped"

    assert wait_until(lambda: shop.stock(product_id) == Stock(quantity=95, reserved=0))
    ledger = [row["kind"] for row in shop.rows(f"/api/inventory/{product_id}/movements/", staff)]
    assert sorted(ledger) == ["fulfilment", "receipt", "release", "reservation", "reservation"]


def test_while_the_user_service_is_down_its_tokens_hold(stack: Stack, shop: Shop, staff: User, buyers: list[User]) -> None:
    """Except for who has never seen its keys: that is a 503 and not a 401."""
    product_id = shop.stocked(staff, 100)

    with stopped(stack, "user"):
        placed = at_once([lambda buyer=buyer: shop.order(buyer, {product_id: 1}) for buyer in buyers])
        assert {answer.status_code for answer in placed} == {201}
        assert shop.receive(staff, product_id, 1).status_code == 200

        stack.stop("order")
        stack.start("order")
        stack.wait_ready("order")
        for answer in at_once([lambda buyer=buyer: shop.order(buyer, {product_id: 1}) for buyer in buyers]):
            assert problem(answer) == (503, "service_unavailable")
            assert answer.headers["Retry-After"]
        assert problem(shop.order(User("", "", "no token"), {product_id: 1})) == (401, "invalid_token")

    placed += at_once([lambda buyer=buyer: shop.order_until_decided(buyer, {product_id: 1}, uuid4().hex) for buyer in buyers])
    reconciliation.check(shop, staff, {product_id: 101}, [expect(201, answer) for answer in placed])


def test_orders_are_rejected_while_postgres_is_frozen(stack: Stack, shop: Shop, staff: User, buyer: User) -> None:
    product_id = shop.stocked(staff, 10)

    stack.freeze("postgres")
    try:
        assert is_unavailable(shop.order_in_time(buyer, {product_id: 1}, uuid4().hex), "database")
    finally:
        stack.resume("postgres")

    placed = shop.order_until_decided(buyer, {product_id: 1}, uuid4().hex)
    reconciliation.check(shop, staff, {product_id: 10}, [expect(201, placed)])

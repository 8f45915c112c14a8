"""Outages of upstream services during orders, and recovery."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
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


@pytest.mark.parametrize(
    ("name", "end"), [("inventory", "resumed"), ("inventory", "killed"), ("product", "resumed")]
)
def test_an_upstream_service_freezes_during_orders(
    stack: Stack, shop: Shop, staff: User, buyers: list[User], name: str, end: str
) -> None:
    """Half of the buyers retry with their keys and get their orders; the others hold no stock."""
    product_id = shop.stocked(staff, 1000)
    keys = [(buyer, uuid4().hex) for buyer in buyers * 4]

    with frozen(stack, name):
        responses = at_once(
            [partial(shop.order_in_time, buyer, {product_id: 2}, key) for buyer, key in keys]
        )
        assert all(is_unavailable(response, name, "order") for response in responses)
        if end == "killed":
            stack.kill(name)

    placed = at_once(
        [partial(shop.order_until_decided, buyer, {product_id: 2}, key) for buyer, key in keys[::2]]
    )
    reconciliation.check(
        shop, staff, {product_id: 1000}, [expect(201, response) for response in placed]
    )


def test_cancellation_while_inventory_is_down_releases_the_stock_later(
    stack: Stack, shop: Shop, staff: User, buyers: list[User]
) -> None:
    product_id = shop.stocked(staff, 100)
    cancelled, shipped = [
        expect(201, shop.order(buyers[0], {product_id: units})) for units in (3, 5)
    ]

    with stopped(stack, "inventory"):
        rejected = shop.order_in_time(buyers[0], {product_id: 1}, uuid4().hex)
        assert is_unavailable(rejected, "inventory")
        assert expect(200, shop.move(buyers[0], cancelled["id"], "cancel"))["status"] == "cancelled"
        assert expect(200, shop.move(buyers[0], cancelled["id"], "cancel"))["status"] == "cancelled"
        assert expect(200, shop.move(staff, shipped["id"], "ship"))["status"] == "shipped"

    assert wait_until(lambda: shop.stock(product_id) == Stock(quantity=95, reserved=0))
    ledger = [row["kind"] for row in shop.rows(f"/api/inventory/{product_id}/movements/", staff)]
    assert sorted(ledger) == ["fulfilment", "receipt", "release", "reservation", "reservation"]


def test_while_the_product_service_is_down_stock_is_received_and_verified_later(
    stack: Stack, shop: Shop, staff: User
) -> None:
    product = shop.create_product(staff)

    with stopped(stack, "product"):
        assert expect(201, shop.receive(staff, product["id"], 10))["product_unverified"] is True
        assert is_unavailable(shop.get(f"/api/inventory/?sku={product['sku']}"), "product")
        assert (
            len(list(shop.rows(f"/api/inventory/?low_stock=false&product_ids={product['id']}")))
            == 1
        )

    assert wait_until(
        lambda: expect(200, shop.receive(staff, product["id"], 1))["product_unverified"] is False
    )
    assert [row["product_id"] for row in shop.rows(f"/api/inventory/?sku={product['sku']}")] == [
        product["id"]
    ]


def test_tokens_are_valid_while_the_user_service_is_down(
    stack: Stack, shop: Shop, staff: User, buyers: list[User]
) -> None:
    """A process that has never fetched the JWKS responds with 503, not 401."""
    product_id = shop.stocked(staff, 100)

    with stopped(stack, "user"):
        placed = at_once([partial(shop.order, buyer, {product_id: 1}) for buyer in buyers])
        assert {response.status_code for response in placed} == {201}
        assert shop.receive(staff, product_id, 1).status_code == 200

        stack.stop("order")
        stack.start("order")
        stack.wait_ready("order")
        for response in at_once([partial(shop.order, buyer, {product_id: 1}) for buyer in buyers]):
            assert problem(response) == (503, "service_unavailable")
            assert response.headers["Retry-After"]
        assert problem(shop.order(User("", "", "no token"), {product_id: 1})) == (
            401,
            "invalid_token",
        )

    placed += at_once(
        [partial(shop.order_until_decided, buyer, {product_id: 1}, uuid4().hex) for buyer in buyers]
    )
    reconciliation.check(
        shop, staff, {product_id: 101}, [expect(201, response) for response in placed]
    )


def test_orders_are_rejected_while_postgres_is_frozen(
    stack: Stack, shop: Shop, staff: User, buyer: User
) -> None:
    product_id = shop.stocked(staff, 10)

    stack.freeze("postgres")
    try:
        assert is_unavailable(shop.order_in_time(buyer, {product_id: 1}, uuid4().hex), "database")
    finally:
        stack.resume("postgres")

    placed = shop.order_until_decided(buyer, {product_id: 1}, uuid4().hex)
    reconciliation.check(shop, staff, {product_id: 10}, [expect(201, placed)])

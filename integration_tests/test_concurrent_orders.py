"""Concurrent orders, cancellations and shipments: no overselling, one order per key."""

import time
from collections import Counter
from functools import partial
from itertools import cycle, islice
from typing import Any
from uuid import uuid4

import pytest
import requests

from integration_tests import reconciliation
from integration_tests.concurrency import at_once, wait_until
from integration_tests.shop import MAX_LATENCY, Shop, Stock, User, expect, is_in_progress, problem

CROSSED_SECONDS = 4.0
CROSSED_MAX = 400
"""Orders of one buyer, to limit the reconciliation on a fast machine."""


def test_64_concurrent_orders_of_10_units(shop: Shop, staff: User, buyers: list[User]) -> None:
    product_id = shop.stocked(staff, 10)

    responses = at_once(
        [partial(shop.order, buyer, {product_id: 1}) for buyer in islice(cycle(buyers), 64)]
    )

    assert Counter(response.status_code for response in responses) == {201: 10, 409: 54}
    assert {problem(response) for response in responses if response.status_code == 409} == {
        (409, "insufficient_stock")
    }
    assert shop.stock(product_id) == Stock(quantity=0, reserved=10)
    reconciliation.check(
        shop,
        staff,
        {product_id: 10},
        [response.json() for response in responses if response.status_code == 201],
    )


def test_an_order_is_never_partly_reserved(shop: Shop, staff: User, buyers: list[User]) -> None:
    product_id = shop.stocked(staff, 10)

    responses = at_once([partial(shop.order, buyer, {product_id: 3}) for buyer in buyers])

    assert Counter(response.status_code for response in responses) == {201: 3, 409: 13}
    assert shop.stock(product_id) == Stock(quantity=1, reserved=9)


def test_orders_of_the_same_products_in_opposite_order_do_not_deadlock(
    shop: Shop, staff: User, buyers: list[User]
) -> None:
    left, right = received = {
        shop.stocked(staff, 100_000): 100_000,
        shop.stocked(staff, 100_000): 100_000,
    }
    baskets = [{left: 1, right: 2}, {right: 2, left: 1}]
    end = time.monotonic() + CROSSED_SECONDS

    def keep_ordering(buyer: User, basket: dict[str, int]) -> list[dict[str, Any]]:
        placed: list[dict[str, Any]] = []
        while time.monotonic() < end and len(placed) < CROSSED_MAX:
            placed.append(expect(201, shop.order(buyer, basket)))
        return placed

    placed = at_once(
        [
            partial(keep_ordering, buyer, basket)
            for buyer, basket in zip(buyers, cycle(baskets), strict=False)
        ]
    )

    assert all(placed)
    reconciliation.check(shop, staff, received, [order for orders in placed for order in orders])


def test_fifty_concurrent_requests_with_one_key_place_one_order(
    shop: Shop, staff: User, buyer: User
) -> None:
    product_id, key = shop.stocked(staff, 100), uuid4().hex

    responses = at_once([lambda: shop.order(buyer, {product_id: 2}, key)] * 50)

    placed = [response for response in responses if response.status_code == 201]
    assert placed
    assert len({response.text for response in placed}) == 1
    assert [response.headers.get("Idempotency-Replayed") for response in placed].count(None) == 1
    for response in responses:
        assert response in placed or (is_in_progress(response) and response.headers["Retry-After"])
    again = shop.order(buyer, {product_id: 2}, key)
    assert (again.status_code, again.text, again.headers["Idempotency-Replayed"]) == (
        201,
        placed[0].text,
        "true",
    )
    assert problem(shop.order(buyer, {product_id: 3}, key)) == (422, "idempotency_key_reused")
    reconciliation.check(shop, staff, {product_id: 100}, [again.json()])


def test_the_same_key_of_different_users_places_different_orders(
    shop: Shop, staff: User, buyers: list[User]
) -> None:
    product_id, key = shop.stocked(staff, 100), uuid4().hex

    responses = at_once([partial(shop.order, buyer, {product_id: 1}, key) for buyer in buyers])

    assert {response.status_code for response in responses} == {201}
    reconciliation.check(
        shop, staff, {product_id: 100}, [response.json() for response in responses]
    )


def test_load_shedding_rejects_in_time_and_retries_succeed(
    shop: Shop, staff: User, buyers: list[User]
) -> None:
    product_id = shop.stocked(staff, 1000)

    def retry(buyer: User) -> list[requests.Response]:
        key, responses = uuid4().hex, [requests.Response()]
        while responses[-1].status_code != 201 and len(responses) < 50:
            responses.append(shop.order(buyer, {product_id: 1}, key))
            time.sleep(float(responses[-1].headers.get("Retry-After", 0)))
        return responses[1:]

    history = at_once([partial(retry, buyer) for buyer in islice(cycle(buyers), 320)])

    assert [responses[-1].status_code for responses in history] == [201] * 320
    for rejected in [response for responses in history for response in responses[:-1]]:
        assert problem(rejected) == (503, "service_unavailable")
        assert rejected.elapsed.total_seconds() < MAX_LATENCY
    assert wait_until(lambda: shop.stock(product_id) == Stock(quantity=680, reserved=320))
    reconciliation.check(
        shop, staff, {product_id: 1000}, [responses[-1].json() for responses in history]
    )


@pytest.mark.parametrize("first", ["cancel", "ship"])
def test_of_concurrent_cancel_and_ship_exactly_one_succeeds(
    shop: Shop, staff: User, buyer: User, first: str
) -> None:
    product_id = shop.stocked(staff, 100)
    orders = [expect(201, shop.order(buyer, {product_id: 3}))["id"] for _ in range(10)]
    shipped = 0
    for order_id in orders:
        verbs = ["cancel", "ship"] * 2 if first == "cancel" else ["ship", "cancel"] * 2
        moved = at_once([partial(shop.move, staff, order_id, verb) for verb in verbs])
        responses = list(zip(verbs, moved, strict=True))

        won = Counter(verb for verb, response in responses if response.status_code == 200)
        lost = [problem(response) for _, response in responses if response.status_code != 200]
        assert won in [{"cancel": 2}, {"ship": 2}]  # repeating it is no error
        assert lost == [(409, "invalid_transition")] * 2
        now = expect(200, shop.get(f"/api/orders/{order_id}/", buyer))["status"]
        assert now == ("shipped" if won["ship"] else "cancelled")
        assert [row["type"] for row in shop.rows(f"/api/orders/{order_id}/events/", buyer)] == [
            "placed",
            now,
        ]
        shipped += now == "shipped"
    assert wait_until(
        lambda: shop.stock(product_id) == Stock(quantity=100 - 3 * shipped, reserved=0)
    )


def test_twenty_concurrent_cancellations_release_the_stock_once(
    shop: Shop, staff: User, buyer: User
) -> None:
    product_id = shop.stocked(staff, 100)
    order = expect(201, shop.order(buyer, {product_id: 7}))

    responses = at_once([lambda: shop.move(buyer, order["id"], "cancel")] * 20)

    assert {expect(200, response)["status"] for response in responses} == {"cancelled"}
    assert wait_until(lambda: shop.stock(product_id) == Stock(100, 0))
    kinds = Counter(
        row["kind"] for row in shop.rows(f"/api/inventory/{product_id}/movements/", staff)
    )
    assert kinds == {"receipt": 1, "reservation": 1, "release": 1}

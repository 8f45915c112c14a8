"""Many at once."""

import time
from collections import Counter
from itertools import cycle, islice
from uuid import uuid4

import pytest
import requests

from integration_tests import reconciliation
from integration_tests.concurrency import at_once, wait_until
from integration_tests.shop import MAX_LATENCY, Shop, Stock, User, expect, is_in_progress, problem

CROSSED_SECONDS = 4.0
CROSSED_MOST = 400
"""Orders of one buyer, so that a fast machine does not fill the books without end."""


def test_64_buyers_of_10_units(shop: Shop, staff: User, buyers: list[User]) -> None:
    product_id = shop.stocked(staff, 10)

    answers = at_once([lambda buyer=buyer: shop.order(buyer, {product_id: 1}) for buyer in islice(cycle(buyers), 64)])

    assert Counter(answer.status_code for answer in answers) == {201: 10, 409: 54}
    assert {problem(answer) for answer in answers if answer.status_code == 409} == {(409, "insufficient_stock")}
    assert shop.stock(product_id) == Stock(quantity=0, reserved=10)
    reconciliation.check(shop, staff, {product_id: 10}, [answer.json() for answer in answers if answer.status_code == 201])


def test_the_last_units_go_to_whole_baskets(shop: Shop, staff: User, buyers: list[User]) -> None:
    product_id = shop.stocked(staff, 10)

    answers = at_once([lambda buyer=buyer: shop.order(buyer, {product_id: 3}) for buyer in buyers])

    assert Counter(answer.status_code for answer in answers) == {201: 3, 409: 13}
    assert shop.stock(product_id) == Stock(quantity=1, reserved=9)


def test_crossed_baskets_never_get_in_each_others_way(shop: Shop, staff: User, buyers: list[User]) -> None:
    left, right = received = {shop.stocked(staff, 100_000): 100_000, shop.stocked(staff, 100_000): 100_000}
    baskets = [{left: 1, right: 2}, {right: 2, left: 1}]
    end = time.monotonic() + CROSSED_SECONDS

    def keep_ordering(buyer: User, basket: dict[str, int]) -> list[dict]:
        placed = []
        while time.monotonic() < end and len(placed) < CROSSED_MOST:
            placed.append(expect(201, shop.order(buyer, basket)))
        return placed

    placed = at_once([lambda pair=pair: keep_ordering(*pair) for pair in zip(buyers, cycle(baskets), strict=False)])

    assert all(placed)
    reconciliation.check(shop, staff, received, [order for orders in placed for order in orders])


def test_one_key_fifty_times_at_once_is_one_order(shop: Shop, staff: User, buyer: User) -> None:
    product_id, key = shop.stocked(staff, 100), uuid4().hex

    answers = at_once([lambda: shop.order(buyer, {product_id: 2}, key)] * 50)

    placed = [answer for answer in answers if answer.status_code == 201]
    assert placed
    assert len({answer.text for answer in placed}) == 1
    assert [answer.headers.get("Idempotency-Replayed") for answer in placed].count(None) == 1
    for answer in answers:
        assert answer in placed or (is_in_progress(answer) and answer.headers["Retry-After"])
    again = shop.order(buyer, {product_id: 2}, key)
    assert (again.status_code, again.text, again.headers["Idempotency-Replayed"]) == (201, placed[0].text, "true")
    assert problem(shop.order(buyer, {product_id: 3}, key)) == (422, "idempotency_key_reused")
    reconciliation.check(shop, staff, {product_id: 100}, [again.json()])


def test_a_key_is_a_users_own(shop: Shop, staff: User, buyers: list[User]) -> None:
    product_id, key = shop.stocked(staff, 100), uuid4().hex

    answers = at_once([lambda buyer=buyer: shop.order(buyer, {product_id: 1}, key) for buyer in buyers])

    assert {answer.status_code for answer in answers} == {201}
    reconciliation.check(shop, staff, {product_id: 100}, [answer.json() for answer in answers])


def test_far_more_buyers_than_can_be_served_are_refused_in_time_and_served_in_the_end(
    shop: Shop, staff: User, buyers: list[User]
) -> None:
    product_id = shop.stocked(staff, 1000)

    def insist(buyer: User) -> list[requests.Response]:
        key, answers = uuid4().hex, [requests.Response()]
        while answers[-1].status_code != 201 and len(answers) < 50:
            answers.append(shop.order(buyer, {product_id: 1}, key))
            time.sleep(float(answers[-1].headers.get("Retry-After", 0)))
        return answers[1:]

    said = at_once([lambda buyer=buyer: insist(buyer) for buyer in islice(cycle(buyers), 320)])

    assert [answers[-1].status_code for answers in said] == [201] * 320
    for refused in [answer for answers in said for answer in answers[:-1]]:
        assert problem(refused) == (503, "service_unavailable")
        assert refused.elapsed.total_seconds() < MAX_LATENCY
    assert wait_until(lambda: shop.stock(product_id) == Stock(quantity=680, reserved=320))
    reconciliation.check(shop, staff, {product_id: 1000}, [answers[-1].json() for answers in said])


@pytest.mark.parametrize("first", ["cancel", "ship"])
def test_of_cancel_and_ship_at_once_exactly_one_wins(shop: Shop, staff: User, buyer: User, first: str) -> None:
    product_id = shop.stocked(staff, 100)
    orders = [expect(201, shop.order(buyer, {product_id: 3}))["id"] for _ in range(10)]
    shipped = 0
    for order_id in orders:
        verbs = ["cancel", "ship"] * 2 if first == "cancel" else ["ship", "cancel"] * 2
        answers = at_once([lambda verb=verb: (verb, shop.move(staff, order_id, verb)) for verb in verbs])  # noqa: B023

        won = Counter(verb for verb, answer in answers if answer.status_code == 200)
        lost = [problem(answer) for _, answer in answers if answer.status_code != 200]
        assert won in [{"cancel": 2}, {"ship": 2}]  # again is no error
        assert lost == [(409, "invalid_transition")] * 2
        now = expect(200, shop.get(f"/api/orders/{order_id}/", buyer))["status"]
        assert now == ("shipped" if won["ship"] else "cancelled")
        assert [row["type"] for row in shop.rows(f"/api/orders/{order_id}/events/", buyer)] == ["placed", now]
        shipped += now == "shipped"
    assert wait_until(lambda: shop.stock(product_id) == Stock(quantity=100 - 3 * shipped, reserved=0))


def test_cancelled_twenty_times_at_once_the_stock_comes_back_once(shop: Shop, staff: User, buyer: User) -> None:
    product_id = shop.stocked(staff, 100)
    order = expect(201, shop.order(buyer, {product_id: 7}))

    answers = at_once([lambda: shop.move(buyer, order["id"], "cancel")] * 20)

    assert {expect(200, answer)["status"] for answer in answers} == {"cancelled"}
    assert wait_until(lambda: shop.stock(product_id) == Stock(100, 0))
    kinds = Counter(row["kind"] for row in shop.rows(f"/api/inventory/{product_id}/movements/", staff))
    assert kinds == {"receipt": 1, "reservation": 1, "release": 1}

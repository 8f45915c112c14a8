"""Concurrent commands with real threads, connections and commits."""

import random
from uuid import UUID, uuid4

import pytest
from django.db import connection

from chassis.tests.concurrency import run_concurrently
from inventory import selectors, services
from inventory.errors import InsufficientStock
from inventory.models import IdempotencyKey, Movement, Reservation, Stock
from inventory.services.idempotency import purge_expired_keys
from inventory.services.stock_ledger import Receipt
from tests.conftest import STAFF, ApiClient, access_token, count_results

pytestmark = pytest.mark.django_db(transaction=True)


def buy(*rows, order_id=None, quantity=1):
    order_id = order_id or uuid4()
    return lambda: services.reserve(
        order_id=order_id, quantities={row.product_id: quantity for row in rows}
    )


def test_ten_of_64_concurrent_reservations_get_the_10_units(stock):
    lamp = stock("LAMP", quantity=10)
    outcome = count_results(run_concurrently(*[buy(lamp) for _ in range(64)]))
    assert vars(outcome) == {"done": 10, "insufficient_stock": 54}
    assert stock.units(lamp) == (0, 10)
    assert Reservation.objects.filter(status="held").count() == 10


def test_a_reservation_repeated_concurrently_takes_its_units_once(stock):
    lamp, order_id = stock("LAMP", quantity=3), uuid4()
    results = run_concurrently(*[buy(lamp, order_id=order_id, quantity=3) for _ in range(20)])
    assert vars(count_results(results)) == {"done": 20}
    assert sum(new for _, new in results) == 1
    assert stock.units(lamp) == (0, 3)


def test_concurrent_reservations_of_one_order_id_with_different_items_reserve_once(stock):
    lamp, chair, order_id = stock("LAMP"), stock("CHAIR"), uuid4()
    results = run_concurrently(*[buy(row, order_id=order_id) for row in (lamp, chair) * 8])
    assert vars(count_results(results)) == {"done": 8, "reservation_mismatch": 8}
    assert sorted([stock.units(lamp), stock.units(chair)]) == [(9, 1), (10, 0)]


def test_crossed_orders_do_not_deadlock(stock):
    rows = [stock(name, quantity=1000) for name in "ABCDE"]
    chance = random.Random(7)
    calls = []
    for _ in range(16):
        baskets = [(chance.sample(rows, 4), uuid4()) for _ in range(12)]
        calls.append(
            lambda baskets=baskets: [
                (buy(*rows, order_id=order)(), services.release(order_id=order))
                for rows, order in baskets
            ]
        )
    assert vars(count_results(run_concurrently(*calls))) == {"done": 16}
    assert [stock.units(row) for row in rows] == [(1000, 0)] * 5


def test_concurrent_reserve_and_release_end_as_released(stock):
    lamp = stock("LAMP", quantity=30)
    orders = [uuid4() for _ in range(12)]
    results = run_concurrently(
        *[
            call
            for order in orders
            for call in (
                buy(lamp, order_id=order),
                lambda order=order: services.release(order_id=order),
            )
        ]
    )
    assert set(vars(count_results(results))) <= {"done", "reservation_released"}
    assert set(Reservation.objects.values_list("status", flat=True)) == {"released"}
    assert stock.units(lamp) == (30, 0)


def test_a_repeated_reservation_does_not_deadlock_with_its_release_or_fulfilment(stock):
    """As after a pause of the service: the order, its repeats and its end arrive together."""
    rows = [stock(name, quantity=1000) for name in "ABCDEFGH"]
    for end in (services.release, services.fulfil) * 10:
        order = uuid4()
        buy(*rows, order_id=order)()
        again = [buy(*rows, order_id=order) for _ in range(6)]
        results = run_concurrently(
            *again,
            lambda end=end, order=order: end(order_id=order),
            lambda end=end, order=order: end(order_id=order),
        )
        assert set(vars(count_results(results))) <= {"done", "reservation_released"}


def test_either_a_concurrent_fulfilment_or_release_succeeds(stock, reserved):
    lamp = stock("LAMP", quantity=20)
    orders = [reserved(lamp) for _ in range(10)]
    calls = [
        lambda order=order, end=end: end(order_id=order)
        for order in orders
        for end in (services.release, services.fulfil)
    ]
    outcome = vars(count_results(run_concurrently(*calls)))
    assert outcome.pop("done") == 10
    assert sum(outcome.values()) == 10
    assert set(outcome) <= {"reservation_released", "reservation_fulfilled"}
    gone = Reservation.objects.filter(status="fulfilled").count()
    assert stock.units(lamp) == (20 - gone, 0)


def test_concurrent_releases_return_the_units_once(stock, reserved):
    lamp = stock("LAMP", quantity=5)
    order = reserved(lamp, 5)
    assert vars(
        count_results(run_concurrently(*[lambda: services.release(order_id=order)] * 16))
    ) == {"done": 16}
    assert stock.units(lamp) == (5, 0)
    assert Movement.objects.filter(kind="release").count() == 1


def test_concurrent_releases_of_an_unknown_order_id_store_one_tombstone(stock):
    order = uuid4()
    assert vars(
        count_results(run_concurrently(*[lambda: services.release(order_id=order)] * 16))
    ) == {"done": 16}
    assert Reservation.objects.get().status == "released"


def test_concurrent_first_receipts_are_all_added_and_one_creates_the_stock(stock):
    product_id = stock.id_of("LAMP")
    results = run_concurrently(
        *[lambda: services.receive(product_id=product_id, quantity=2, actor=STAFF)] * 16
    )
    assert sum(new for _, new in results) == 1
    assert selectors.get_stock(product_id).quantity == 32


def test_concurrent_adjustments_never_go_below_zero(stock):
    lamp = stock("LAMP", quantity=10)
    call = lambda: services.adjust(product_id=lamp.product_id, delta=-3, reason="lost", actor=STAFF)  # noqa: E731
    assert vars(count_results(run_concurrently(*[call] * 8))) == {
        "done": 3,
        "insufficient_stock": 5,
    }
    assert stock.units(lamp) == (1, 0)


def post_receipt(product_id, key):
    return ApiClient().post(
        "/api/inventory/",
        body={"product_id": str(product_id), "quantity": 7},
        token=access_token("staff"),
        headers={"Idempotency-Key": key},
    )


def test_concurrent_receipts_with_one_idempotency_key_are_one_receipt(stock):
    product_id = stock.id_of("LAMP")
    responses = run_concurrently(*[lambda: post_receipt(product_id, "one")] * 16)
    assert [response.status_code for response in responses] == [201] * 16
    assert all(response.json() == responses[0].json() for response in responses)
    assert (
        sum(response.headers.get("Idempotency-Replayed") == "true" for response in responses) == 15
    )
    assert selectors.get_stock(product_id).quantity == 7
    assert IdempotencyKey.objects.count() == 1


def test_a_shortage_and_a_concurrent_receipt_lose_no_unit(stock):
    lamp = stock("LAMP", quantity=1)
    orders: list[UUID] = [uuid4() for _ in range(12)]
    calls = [buy(lamp, order_id=order) for order in orders] + [
        lambda: stock("LAMP", quantity=1)
    ] * 4
    results = run_concurrently(*calls)
    done = sum(1 for result in results[:12] if not isinstance(result, Exception))
    assert all(
        isinstance(result, InsufficientStock)
        for result in results[:12]
        if isinstance(result, Exception)
    )
    assert stock.units(lamp) == (5 - done, done)


def deliver(*product_ids, quantity=1):
    receipts = [Receipt(product_id, quantity, "") for product_id in product_ids]
    return lambda: services.bulk_receive(receipts=receipts, actor=STAFF)


def test_concurrent_bulk_receipts_orders_and_adjustments_do_not_deadlock(stock):
    """Each lists the same products in a different order; some of the products are new."""
    rows = [stock(name, quantity=1000) for name in "ABCDEFGH"]
    old, new = [row.product_id for row in rows], [uuid4() for _ in range(8)]
    chance, calls = random.Random(7), []
    for _ in range(6):
        deliveries = [deliver(*chance.sample(old + new, 12)) for _ in range(8)]
        baskets = [(chance.sample(rows, 4), uuid4()) for _ in range(8)]
        calls.append(lambda deliveries=deliveries: [call() for call in deliveries])
        calls.append(
            lambda baskets=baskets: [
                (buy(*some, order_id=order)(), services.release(order_id=order))
                for some, order in baskets
            ]
        )
        calls.append(
            lambda: [
                services.adjust(product_id=old[n], delta=-1, reason="lost", actor=STAFF)
                for n in (3, 1, 2)
            ]
        )
    assert vars(count_results(run_concurrently(*calls))) == {"done": len(calls)}
    received = Movement.objects.filter(kind="receipt").exclude(delta=1000)
    assert sum(row.quantity for row in Stock.objects.all()) == 8000 - 18 + received.count()
    assert received.count() == 6 * 8 * 12


def test_a_large_bulk_receipt_and_orders_for_its_products_all_succeed(stock):
    rows = [stock(f"P{number}", quantity=100) for number in range(20)]
    large = [row.product_id for row in rows] + [uuid4() for _ in range(2000)]
    calls = [deliver(*large), deliver(*reversed(large)), *[buy(*rows[::-1]) for _ in range(12)]]
    assert vars(count_results(run_concurrently(*calls))) == {"done": 14}
    assert {stock.units(row) for row in rows} == {(90, 12)}


def test_concurrent_first_bulk_receipts_create_each_stock_once(stock):
    new = [uuid4() for _ in range(30)]
    results = run_concurrently(
        *[deliver(*random.Random(seed).sample(new, 30)) for seed in range(8)]
    )
    assert sorted(results) == [(0, 30)] * 7 + [(30, 0)]
    assert {row.quantity for row in Stock.objects.all()} == {8}


def send(path, body, key):
    return lambda: ApiClient().post(
        path, body=body, token=access_token("staff"), headers={"Idempotency-Key": key}
    )


def test_concurrent_adjustments_with_one_idempotency_key_are_one_adjustment(stock):
    lamp = stock("LAMP", quantity=10)
    responses = run_concurrently(
        *[
            send(
                f"/api/inventory/{lamp.product_id}/adjustments/",
                {"delta": -4, "reason": "lost"},
                "one",
            )
        ]
        * 12
    )
    assert [response.status_code for response in responses] == [201] * 12
    assert all(response.json() == responses[0].json() for response in responses)
    assert stock.units(lamp) == (6, 0)


def test_crossed_idempotency_keys_and_products_do_not_deadlock(stock):
    """A transaction locks its key first, then stock; with stock locked it waits for no lock."""
    ids = [stock(name, quantity=1000).product_id for name in "ABCD"]
    chance, calls = random.Random(7), []
    for _ in range(12):
        steps = []
        for _ in range(4):
            rows = [
                {"product_id": str(product_id), "quantity": 1}
                for product_id in chance.sample(ids, 3)
            ]
            steps.append(send("/api/inventory/import/", rows, str(uuid4())))
            steps.append(send("/api/inventory/", rows[0], chance.choice("kl")))
        calls.append(lambda steps=steps: [step().status_code for step in steps])
    assert {status for statuses in run_concurrently(*calls) for status in statuses} <= {200, 422}


def test_an_expired_idempotency_key_used_during_its_purge_is_answered(stock):
    product_id = stock.id_of("LAMP")
    for _ in range(5):
        post_receipt(product_id, "old")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE idempotency_key SET id = uuidv7('-49 hours')")
        responses = run_concurrently(
            *[lambda: post_receipt(product_id, "old")] * 4, *[purge_expired_keys] * 4
        )
        assert {response.status_code for response in responses[:4]} <= {200, 201}
        assert responses[4:] == [None] * 4

"""Real threads, real connections, real commits."""

import random
from uuid import UUID, uuid4

import pytest
from django.db import connection

from inventory import services
from inventory.api.idempotency import forget_old_keys
from inventory.errors import InsufficientStock
from inventory.ledger import Receipt
from inventory.models import IdempotencyKey, Movement, Reservation, Stock
from tests.conftest import STAFF, ApiClient, access_token, at_once, kinds

pytestmark = pytest.mark.django_db(transaction=True)


def buy(*rows, order_id=None, quantity=1):
    order_id = order_id or uuid4()
    return lambda: services.reserve(
        order_id=order_id, quantities={row.product_id: quantity for row in rows}
    )


def test_of_64_buyers_of_10_units_10_get_one(stock):
    lamp = stock("LAMP", quantity=10)
    outcome = kinds(at_once(*[buy(lamp) for _ in range(64)]))
    assert vars(outcome) == {"done": 10, "insufficient_stock": 54}
    assert stock.units(lamp) == (0, 10)
    assert Reservation.objects.filter(status="held").count() == 10


def test_the_same_reservation_20_times_at_once_takes_the_last_units_once(stock):
    lamp, order_id = stock("LAMP", quantity=3), uuid4()
    results = at_once(*[buy(lamp, order_id=order_id, quantity=3) for _ in range(20)])
    assert vars(kinds(results)) == {"done": 20}
    assert sum(new for _, new in results) == 1
    assert stock.units(lamp) == (0, 3)


def test_other_items_for_one_order_id_at_once_are_reserved_once(stock):
    lamp, chair, order_id = stock("LAMP"), stock("CHAIR"), uuid4()
    results = at_once(*[buy(row, order_id=order_id) for row in (lamp, chair) * 8])
    assert vars(kinds(results)) == {"done": 8, "reservation_mismatch": 8}
    assert sorted([stock.units(lamp), stock.units(chair)]) == [(9, 1), (10, 0)]


def test_crossed_baskets_never_wait_for_one_another_in_a_circle(stock):
    rows = [stock(name, quantity=1000) for name in "ABCDE"]
    chance = random.Random(7)
    works = []
    for _ in range(16):
        baskets = [(chance.sample(rows, 4), uuid4()) for _ in range(12)]
        works.append(
            lambda baskets=baskets: [
                (buy(*rows, order_id=order)(), services.release(order_id=order))
                for rows, order in baskets
            ]
        )
    assert vars(kinds(at_once(*works))) == {"done": 16}
    assert [stock.units(row) for row in rows] == [(1000, 0)] * 5


def test_release_against_reserve_leaves_the_door_closed_and_the_stock_whole(stock):
    lamp = stock("LAMP", quantity=30)
    orders = [uuid4() for _ in range(12)]
    results = at_once(
        *[
            work
            for order in orders
            for work in (
                buy(lamp, order_id=order),
                lambda order=order: services.release(order_id=order),
            )
        ]
    )
    assert set(vars(kinds(results))) <= {"done", "reservation_released"}
    assert set(Reservation.objects.values_list("status", flat=True)) == {"released"}
    assert stock.units(lamp) == (30, 0)


def test_a_repeated_reservation_against_its_release_or_fulfilment_never_waits_in_a_circle(stock):
    """What a service that was frozen for a while finds waiting for it: the order, its repeat, and its end, all at once."""
    rows = [stock(name, quantity=1000) for name in "ABCDEFGH"]
    for end in (services.release, services.fulfil) * 10:
        order = uuid4()
        buy(*rows, order_id=order)()
        again = [buy(*rows, order_id=order) for _ in range(6)]
        results = at_once(
            *again,
            lambda end=end, order=order: end(order_id=order),
            lambda end=end, order=order: end(order_id=order),
        )
        assert set(vars(kinds(results))) <= {"done", "reservation_released"}


def test_of_fulfilment_and_release_one_is_done(stock, reserved):
    lamp = stock("LAMP", quantity=20)
    orders = [reserved(lamp) for _ in range(10)]
    works = [
        lambda order=order, end=end: end(order_id=order)
        for order in orders
        for end in (services.release, services.fulfil)
    ]
    outcome = vars(kinds(at_once(*works)))
    assert outcome.pop("done") == 10
    assert sum(outcome.values()) == 10
    assert set(outcome) <= {"reservation_released", "reservation_fulfilled"}
    gone = Reservation.objects.filter(status="fulfilled").count()
    assert stock.units(lamp) == (20 - gone, 0)


def test_release_many_times_at_once_gives_back_once(stock, reserved):
    lamp = stock("LAMP", quantity=5)
    order = reserved(lamp, 5)
    assert vars(kinds(at_once(*[lambda: services.release(order_id=order)] * 16))) == {"done": 16}
    assert stock.units(lamp) == (5, 0)
    assert Movement.objects.filter(kind="release").count() == 1


def test_release_of_an_id_never_seen_many_times_at_once_is_remembered_once(stock):
    order = uuid4()
    assert vars(kinds(at_once(*[lambda: services.release(order_id=order)] * 16))) == {"done": 16}
    assert Reservation.objects.get().status == "released"


def test_first_receipts_at_once_are_all_added_and_one_of_them_is_the_first(stock):
    product_id = stock.id_of("LAMP")
    results = at_once(
        *[lambda: services.receive(product_id=product_id, quantity=2, actor=STAFF)] * 16
    )
    assert sum(new for _, new in results) == 1
    assert services.stock_of(product_id).quantity == 32


def test_corrections_at_once_never_go_below_zero(stock):
    lamp = stock("LAMP", quantity=10)
    work = lambda: services.adjust(product_id=lamp.product_id, delta=-3, reason="lost", actor=STAFF)  # noqa: E731
    assert vars(kinds(at_once(*[work] * 8))) == {"done": 3, "insufficient_stock": 5}
    assert stock.units(lamp) == (1, 0)


def post_receipt(product_id, key):
    return ApiClient().post(
        "/api/inventory/",
        body={"product_id": str(product_id), "quantity": 7},
        token=access_token("staff"),
        headers={"Idempotency-Key": key},
    )


def test_receipts_with_one_key_at_once_are_one_receipt(stock):
    product_id = stock.id_of("LAMP")
    answers = at_once(*[lambda: post_receipt(product_id, "one")] * 16)
    assert [answer.status_code for answer in answers] == [201] * 16
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert sum(answer.headers.get("Idempotency-Replayed") == "true" for answer in answers) == 15
    assert services.stock_of(product_id).quantity == 7
    assert IdempotencyKey.objects.count() == 1


def test_a_shortage_and_a_receipt_at_once_never_lose_a_unit(stock):
    lamp = stock("LAMP", quantity=1)
    orders: list[UUID] = [uuid4() for _ in range(12)]
    works = [buy(lamp, order_id=order) for order in orders] + [
        lambda: stock("LAMP", quantity=1)
    ] * 4
    results = at_once(*works)
    done = sum(1 for result in results[:12] if not isinstance(result, Exception))
    assert all(
        isinstance(result, InsufficientStock)
        for result in results[:12]
        if isinstance(result, Exception)
    )
    assert stock.units(lamp) == (5 - done, done)


def deliver(*product_ids, quantity=1):
    receipts = [Receipt(product_id, quantity, "") for product_id in product_ids]
    return lambda: services.receive_each(receipts=receipts, actor=STAFF)


def test_deliveries_and_orders_at_once_never_wait_for_one_another_in_a_circle(stock):
    """Each names the same products in an order of its own; some of the products are new."""
    rows = [stock(name, quantity=1000) for name in "ABCDEFGH"]
    old, new = [row.product_id for row in rows], [uuid4() for _ in range(8)]
    chance, works = random.Random(7), []
    for _ in range(6):
        deliveries = [deliver(*chance.sample(old + new, 12)) for _ in range(8)]
        baskets = [(chance.sample(rows, 4), uuid4()) for _ in range(8)]
        works.append(lambda deliveries=deliveries: [work() for work in deliveries])
        works.append(
            lambda baskets=baskets: [
                (buy(*some, order_id=order)(), services.release(order_id=order))
                for some, order in baskets
            ]
        )
        works.append(
            lambda: [
                services.adjust(product_id=old[n], delta=-1, reason="lost", actor=STAFF)
                for n in (3, 1, 2)
            ]
        )
    assert vars(kinds(at_once(*works))) == {"done": len(works)}
    received = Movement.objects.filter(kind="receipt").exclude(delta=1000)
    assert sum(row.quantity for row in Stock.objects.all()) == 8000 - 18 + received.count()
    assert received.count() == 6 * 8 * 12


def test_a_large_delivery_and_orders_for_what_it_brings_are_all_done(stock):
    rows = [stock(f"P{number}", quantity=100) for number in range(20)]
    large = [row.product_id for row in rows] + [uuid4() for _ in range(2000)]
    works = [deliver(*large), deliver(*reversed(large)), *[buy(*rows[::-1]) for _ in range(12)]]
    assert vars(kinds(at_once(*works))) == {"done": 14}
    assert {stock.units(row) for row in rows} == {(90, 12)}


def test_first_deliveries_of_the_same_products_at_once_begin_each_stock_once(stock):
    new = [uuid4() for _ in range(30)]
    results = at_once(*[deliver(*random.Random(seed).sample(new, 30)) for seed in range(8)])
    assert sorted(results) == [(0, 30)] * 7 + [(30, 0)]
    assert {row.quantity for row in Stock.objects.all()} == {8}


def send(path, body, key):
    return lambda: ApiClient().post(
        path, body=body, token=access_token("staff"), headers={"Idempotency-Key": key}
    )


def test_corrections_with_one_key_at_once_are_one_correction(stock):
    lamp = stock("LAMP", quantity=10)
    answers = at_once(
        *[
            send(
                f"/api/inventory/{lamp.product_id}/adjustments/",
                {"delta": -4, "reason": "lost"},
                "one",
            )
        ]
        * 12
    )
    assert [answer.status_code for answer in answers] == [201] * 12
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert stock.units(lamp) == (6, 0)


def test_crossed_keys_and_products_never_wait_for_one_another_in_a_circle(stock):
    """Whoever has a key waits for stock; whoever has stock waits for nothing but a commit."""
    ids = [stock(name, quantity=1000).product_id for name in "ABCD"]
    chance, works = random.Random(7), []
    for _ in range(12):
        steps = []
        for _ in range(4):
            rows = [
                {"product_id": str(product_id), "quantity": 1}
                for product_id in chance.sample(ids, 3)
            ]
            steps.append(send("/api/inventory/import/", rows, str(uuid4())))
            steps.append(send("/api/inventory/", rows[0], chance.choice("kl")))
        works.append(lambda steps=steps: [step().status_code for step in steps])
    assert {status for statuses in at_once(*works) for status in statuses} <= {200, 422}


def test_an_old_key_that_comes_again_while_it_is_forgotten_is_answered(stock):
    product_id = stock.id_of("LAMP")
    for _ in range(5):
        post_receipt(product_id, "old")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE idempotency_key SET id = uuidv7('-49 hours')")
        answers = at_once(*[lambda: post_receipt(product_id, "old")] * 4, *[forget_old_keys] * 4)
        assert {answer.status_code for answer in answers[:4]} <= {200, 201}
        assert answers[4:] == [None] * 4

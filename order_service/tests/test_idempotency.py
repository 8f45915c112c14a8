"""Idempotency-Key: one key, one order."""

from collections import Counter
from uuid import uuid4

import fake_servers
import orjson
import pytest
from api_client import JSONClient
from fake_servers import problem
from shop import run_worker_until_idle

from chassis.idempotency import fingerprint
from chassis.tests.concurrency import run_concurrently
from orders.models import Attempt, Order
from orders.services import order_attempts, place_order
from orders.services.order_attempts import AttemptLease

pytestmark = pytest.mark.django_db


def is_replay(first, again) -> bool:
    """Whether the second response replays the first one."""
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    headers = ("Content-Type", "Location")
    return (again.status_code, again.content, *map(again.get, headers)) == (
        first.status_code,
        first.content,
        *map(first.get, headers),
    )


def test_placed_order_is_replayed(shop, buyer):
    lamp = shop.sells("LAMP")
    first = buyer.order({lamp: 2}, key="k")
    calls = len(shop.calls)

    assert first.status_code == 201
    assert all(is_replay(first, buyer.order({lamp: 2}, key="k")) for _ in range(3))

    assert (len(shop.calls), Order.objects.count(), shop.stock.quantity) == (calls, 1, {lamp: 8})


@pytest.mark.parametrize("how", ["unknown", "short", "price"])
def test_rejection_is_replayed_after_the_cause_is_gone(shop, buyer, how):
    lamp = shop.sells("LAMP", quantity=0 if how == "short" else 10)
    gone = shop.catalogue.rows.pop(lamp) if how == "unknown" else None
    more = {"expected_total": "1.00"} if how == "price" else {}
    first = buyer.order({lamp: 2}, key="k", **more)

    shop.stock.receive(lamp, 100)
    shop.catalogue.rows |= {lamp: (gone or shop.catalogue.rows[lamp]) | {"price": "0.50"}}
    calls = len(shop.calls)

    assert first.status_code == {"unknown": 422, "short": 409, "price": 409}[how]
    assert is_replay(first, buyer.order({lamp: 2}, key="k", **more))
    assert (len(shop.calls), Order.objects.count()) == (calls, 0)
    assert buyer.order({lamp: 2}, key="another", **more).status_code == 201


@pytest.mark.parametrize("change", ["cancel", "ship"])
def test_replay_ignores_later_transitions(shop, buyer, staff, change):
    lamp = shop.sells("LAMP")
    first = buyer.order({lamp: 2}, key="k")
    staff.post(f"{first['Location']}{change}/")

    assert is_replay(first, buyer.order({lamp: 2}, key="k"))
    assert (
        buyer.get(first["Location"]).json()["status"]
        == {"cancel": "cancelled", "ship": "shipped"}[change]
    )


def test_requests_without_a_key_are_separate_orders(shop, buyer):
    lamp = shop.sells("LAMP")

    ids = {buyer.order({lamp: 2}).json()["id"] for _ in range(3)}

    assert (len(ids), shop.stock.quantity) == (3, {lamp: 4})


def test_keys_belong_to_one_user(shop, buyer, other_buyer, staff):
    lamp = shop.sells("LAMP")

    responses = [who.order({lamp: 1}, key="k") for who in (buyer, other_buyer, staff)]

    assert [response.status_code for response in responses] == [201] * 3
    assert len({response.json()["id"] for response in responses}) == 3
    assert not any("Idempotency-Replayed" in response for response in responses)


def test_generated_key_belongs_to_its_user(shop, buyer, other_buyer):
    lamp = shop.sells("LAMP")
    buyer.order({lamp: 1})
    made_up = Attempt.objects.get().idempotency_key

    assert "Idempotency-Replayed" not in other_buyer.order({lamp: 1}, key=made_up)


def test_same_key_with_other_bytes_is_rejected(shop, buyer, assert_problem):
    lamp = shop.sells("LAMP")
    raw = b'{ "items": [ {"quantity": 1, "product_id": "%s"} ] }' % lamp.encode()
    buyer.order({lamp: 1}, key="k")

    assert_problem(
        buyer.post("/api/orders/", raw, idempotency_key="k"), 422, "idempotency_key_reused"
    )
    assert Order.objects.count() == 1


@pytest.mark.parametrize("first", ["placed", "rejected", "aborted", "started", "aborting"])
@pytest.mark.parametrize("other", ["units", "product", "address", "total", "more"])
def test_reused_key_is_rejected_and_changes_nothing(shop, buyer, assert_problem, first, other):
    lamp, chair = shop.sells("LAMP", quantity=0 if first == "rejected" else 10), shop.sells("CHAIR")
    buyer.order({lamp: 1}, key="k")
    if first in ("aborted", "started", "aborting"):
        Attempt.objects.update(state=first, response_body=None, response_status=None)
    before = (len(shop.calls), Attempt.objects.values().get())

    items = {"units": {lamp: 2}, "product": {chair: 1}, "more": {lamp: 1, chair: 1}}.get(
        other, {lamp: 1}
    )
    address = (
        {"shipping_address": {"line1": "1", "city": "C", "country": "US"}}
        if other == "address"
        else {}
    )
    total = {"expected_total": "19.99"} if other == "total" else {}

    assert_problem(buyer.order(items, key="k", **address, **total), 422, "idempotency_key_reused")
    assert (len(shop.calls), Attempt.objects.values().get()) == before


@pytest.mark.parametrize("key", ["", "k" * 256, "ä", "a\tb", "\x7f"])
def test_invalid_key_is_rejected_first(shop, buyer, assert_problem, key):
    response = assert_problem(buyer.order({shop.sells("LAMP"): 1}, key=key), 400, "invalid")

    assert [error["field"] for error in response["errors"]] == ["Idempotency-Key"]
    assert not Attempt.objects.exists()
    assert shop.calls == []


@pytest.mark.parametrize("key", ["k", " ", "k" * 255, "~!@#$%^&*()", "%s", "None"])
def test_key_may_have_any_printable_characters(shop, buyer, key):
    lamp = shop.sells("LAMP")

    assert is_replay(buyer.order({lamp: 1}, key=key), buyer.order({lamp: 1}, key=key))


def test_invalid_request_does_not_use_up_its_key(shop, buyer):
    lamp = shop.sells("LAMP")

    assert buyer.order({lamp: 0}, key="k").status_code == 400
    assert buyer.order({lamp: 1}, key="k").status_code == 201


def test_concurrent_request_with_the_same_key_is_request_in_progress(
    shop, buyer, assert_problem, monkeypatch
):
    lamp = shop.sells("LAMP")

    def with_a_concurrent_request(*args, reserve=place_order.reserve_stock):
        response = buyer.order({lamp: 1}, key="k")
        assert_problem(response, 409, "request_in_progress")
        assert response["Retry-After"] == "1"
        reserve(*args)

    monkeypatch.setattr(place_order, "reserve_stock", with_a_concurrent_request)

    assert buyer.order({lamp: 1}, key="k").status_code == 201
    assert shop.calls == ["GET", "PUT"]


def test_retry_places_the_order_after_an_outage(shop, buyer):
    lamp = shop.sells("LAMP")
    shop.inventory.then(fake_servers.resets, fake_servers.handled_then_reset, fake_servers.resets)
    assert buyer.order({lamp: 1}, key="k").status_code == 503
    first = Attempt.objects.get()

    again = buyer.order({lamp: 1}, key="k")

    now = Attempt.objects.get()
    assert (again.status_code, first.state, now.state) == (201, "aborting", "completed")
    assert "Idempotency-Replayed" not in again
    assert again.json()["id"] == str(now.order_id) != str(first.order_id)
    assert (
        again.json()["number"]
        == AttemptLease(now.pk, now.order_id).number
        != AttemptLease(first.pk, first.order_id).number
    )
    assert shop.stock.quantity == {lamp: 9}
    shop.check()


def test_retry_during_the_outage_is_503_again(shop, buyer, assert_problem, closed_circuit_breaker):
    lamp = shop.sells("LAMP")
    shop.inventory.always(fake_servers.resets)

    for _ in range(4):
        response = buyer.order({lamp: 1}, key="k")
        assert assert_problem(response, 503, "service_unavailable")["service"] == "inventory"
        assert response["Retry-After"] == "1"
    assert (Attempt.objects.get().state, shop.product.methods) == ("aborting", ["GET"])
    shop.inventory.always(fake_servers.succeeds)
    assert buyer.order({lamp: 1}, key="k").status_code == 201
    shop.check()


def test_rejection_of_a_retry_is_replayed(shop, buyer):
    lamp = shop.sells("LAMP", quantity=1)
    shop.inventory.then(fake_servers.resets, fake_servers.resets)
    buyer.order({lamp: 1}, key="k")
    shop.stock.quantity[lamp] = 0

    error = buyer.order({lamp: 1}, key="k")
    shop.stock.quantity[lamp] = 1

    assert error.status_code == 409
    assert is_replay(error, buyer.order({lamp: 1}, key="k"))
    shop.check()


def test_attempt_purged_during_the_request_is_request_in_progress(
    shop, buyer, assert_problem, monkeypatch
):
    monkeypatch.setattr(order_attempts, "claim", lambda *args: None)

    assert_problem(buyer.order({shop.sells("LAMP"): 1}, key="k"), 409, "request_in_progress")


def test_key_of_a_crashed_request_works_after_the_worker(shop, buyer, assert_problem):
    lamp = shop.sells("LAMP")
    claim = order_attempts.claim(
        buyer.user_id,
        "k",
        fingerprint(orjson.dumps({"items": [{"product_id": lamp, "quantity": 1}]})),
    )

    assert_problem(buyer.order({lamp: 1}, key="k"), 409, "request_in_progress")
    run_worker_until_idle()

    response = buyer.order({lamp: 1}, key="k")
    assert response.status_code == 201
    assert response.json()["id"] != str(claim.order_id)
    shop.check()


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_fifty_requests_with_one_key_place_one_order(self, shop):
        lamp, buyer = shop.sells("LAMP", quantity=100), JSONClient("customer")

        responses = run_concurrently(*[lambda: buyer.order({lamp: 1}, key="k")] * 50)

        seen = Counter(
            (response.status_code, response.json().get("code")) for response in responses
        )
        assert set(seen) <= {(201, None), (409, "request_in_progress")}
        assert len({response.content for response in responses if response.status_code == 201}) == 1
        assert [
            response.get("Idempotency-Replayed")
            for response in responses
            if response.status_code == 201
        ].count(None) == 1
        assert shop.stock.quantity == {lamp: 99}
        shop.check()

    def test_concurrent_retries_of_an_aborting_attempt_place_one_order(
        self, shop, closed_circuit_breaker
    ):
        lamp, buyer = shop.sells("LAMP", quantity=100), JSONClient("customer")
        shop.inventory.then(
            fake_servers.handled_then_reset, fake_servers.handled_then_reset, fake_servers.resets
        )
        assert buyer.order({lamp: 1}, key="k").status_code == 503

        responses = run_concurrently(
            *[lambda: buyer.order({lamp: 1}, key="k")] * 20, run_worker_until_idle
        )[:-1]

        placed = {response.content for response in responses if response.status_code == 201}
        assert {response.status_code for response in responses} <= {201, 409, 503}
        assert len(placed) <= 1
        run_worker_until_idle()
        final = buyer.order({lamp: 1}, key="k")
        assert final.status_code == 201
        assert not placed or final.content in placed
        assert Order.objects.count() == 1
        shop.check()

    def test_failing_inventory_and_two_workers_lose_nothing(self, shop, closed_circuit_breaker):
        lamp = shop.sells("LAMP", quantity=30)
        fault = [
            fake_servers.resets,
            fake_servers.handled_then_reset,
            fake_servers.delays,
            fake_servers.truncates,
            problem(503, "x"),
        ]
        shop.inventory.then(
            *[step for number in range(12) for step in (fault[number % 5], fake_servers.succeeds)]
        )

        def retry_until_definitive() -> bytes:
            buyer, key = JSONClient("customer"), str(uuid4())
            for _ in range(200):
                response = buyer.order({lamp: 2}, key=key)
                if (
                    response.status_code in (201, 409)
                    and orjson.loads(response.content).get("code") != "request_in_progress"
                ):
                    return response.status_code
            return 0

        outcomes = Counter(
            run_concurrently(*[retry_until_definitive] * 20, *[run_worker_until_idle] * 2)[:20]
        )

        run_worker_until_idle()
        assert 409 in shop.inventory.deliver_delayed() or not shop.inventory.delayed_calls
        assert outcomes[201] == Order.objects.count() <= 15
        assert outcomes[201] + outcomes[409] == 20
        assert shop.stock.quantity[lamp] == 30 - 2 * outcomes[201]
        shop.check()

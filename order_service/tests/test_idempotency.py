"""One key, one order: what a repeated request is answered."""

from collections import Counter
from uuid import uuid4

import neighbours
import orjson
import pytest
from conftest import JSONClient, at_once, worker_catches_up
from neighbours import problem

from chassis.idempotency import fingerprint
from orders.models import Attempt, Order
from orders.services import attempts, placement
from orders.services.attempts import Claim

pytestmark = pytest.mark.django_db


def same(first, again) -> bool:
    """Whether the second answer is the first one again, word for word."""
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    headers = ("Content-Type", "Location")
    return (again.status_code, again.content, *map(again.get, headers)) == (
        first.status_code,
        first.content,
        *map(first.get, headers),
    )


def test_a_placed_order_is_answered_again(shop, buyer):
    lamp = shop.sells("LAMP")
    first = buyer.order({lamp: 2}, key="k")
    calls = len(shop.calls)

    assert first.status_code == 201
    assert all(same(first, buyer.order({lamp: 2}, key="k")) for _ in range(3))

    assert (len(shop.calls), Order.objects.count(), shop.stock.quantity) == (calls, 1, {lamp: 8})


@pytest.mark.parametrize("how", ["unknown", "short", "price"])
def test_a_refusal_is_answered_again_whatever_has_changed_since(shop, buyer, how):
    lamp = shop.sells("LAMP", quantity=0 if how == "short" else 10)
    gone = shop.catalogue.rows.pop(lamp) if how == "unknown" else None
    more = {"expected_total": "1.00"} if how == "price" else {}
    first = buyer.order({lamp: 2}, key="k", **more)

    shop.stock.receive(lamp, 100)
    shop.catalogue.rows |= {lamp: (gone or shop.catalogue.rows[lamp]) | {"price": "0.50"}}
    calls = len(shop.calls)

    assert first.status_code == {"unknown": 422, "short": 409, "price": 409}[how]
    assert same(first, buyer.order({lamp: 2}, key="k", **more))
    assert (len(shop.calls), Order.objects.count()) == (calls, 0)
    assert buyer.order({lamp: 2}, key="another", **more).status_code == 201


@pytest.mark.parametrize("change", ["cancel", "ship"])
def test_the_first_answer_stands_whatever_became_of_the_order(shop, buyer, staff, change):
    lamp = shop.sells("LAMP")
    first = buyer.order({lamp: 2}, key="k")
    staff.post(f"{first['Location']}{change}/")

    assert same(first, buyer.order({lamp: 2}, key="k"))
    assert (
        buyer.get(first["Location"]).json()["status"]
        == {"cancel": "cancelled", "ship": "shipped"}[change]
    )


def test_without_a_key_each_request_is_an_order(shop, buyer):
    lamp = shop.sells("LAMP")

    ids = {buyer.order({lamp: 2}).json()["id"] for _ in range(3)}

    assert (len(ids), shop.stock.quantity) == (3, {lamp: 4})


def test_the_same_key_of_another_user_is_another_order(shop, buyer, other_buyer, staff):
    lamp = shop.sells("LAMP")

    answers = [who.order({lamp: 1}, key="k") for who in (buyer, other_buyer, staff)]

    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.json()["id"] for answer in answers}) == 3
    assert not any("Idempotency-Replayed" in answer for answer in answers)


def test_a_key_that_somebody_could_guess_we_made_up_is_a_key_like_any_other(
    shop, buyer, other_buyer
):
    lamp = shop.sells("LAMP")
    buyer.order({lamp: 1})
    made_up = Attempt.objects.get().idempotency_key

    assert "Idempotency-Replayed" not in other_buyer.order({lamp: 1}, key=made_up)


def test_the_same_order_in_other_bytes_is_another_request(shop, buyer, refused):
    lamp = shop.sells("LAMP")
    raw = b'{ "items": [ {"quantity": 1, "product_id": "%s"} ] }' % lamp.encode()
    buyer.order({lamp: 1}, key="k")

    refused(buyer.post("/api/orders/", raw, idempotency_key="k"), 422, "idempotency_key_reused")
    assert Order.objects.count() == 1


@pytest.mark.parametrize("first", ["placed", "refused", "aborted", "started", "aborting"])
@pytest.mark.parametrize("other", ["units", "product", "address", "total", "more"])
def test_the_same_key_with_another_request_is_refused_and_changes_nothing(
    shop, buyer, refused, first, other
):
    lamp, chair = shop.sells("LAMP", quantity=0 if first == "refused" else 10), shop.sells("CHAIR")
    buyer.order({lamp: 1}, key="k")
    if first in ("aborted", "started", "aborting"):
        Attempt.objects.update(state=first, answer=None, answer_status=None)
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

    refused(buyer.order(items, key="k", **address, **total), 422, "idempotency_key_reused")
    assert (len(shop.calls), Attempt.objects.values().get()) == before


@pytest.mark.parametrize("key", ["", "k" * 256, "ä", "a\tb", "\x7f"])
def test_a_key_that_is_no_key_is_refused_before_anything_happens(shop, buyer, refused, key):
    answer = refused(buyer.order({shop.sells("LAMP"): 1}, key=key), 400, "invalid")

    assert [error["field"] for error in answer["errors"]] == ["Idempotency-Key"]
    assert not Attempt.objects.exists()
    assert shop.calls == []


@pytest.mark.parametrize("key", ["k", " ", "k" * 255, "~!@#$%^&*()", "%s", "None"])
def test_any_printable_characters_are_a_key(shop, buyer, key):
    lamp = shop.sells("LAMP")

    assert same(buyer.order({lamp: 1}, key=key), buyer.order({lamp: 1}, key=key))


def test_a_request_that_is_not_valid_does_not_spend_its_key(shop, buyer):
    lamp = shop.sells("LAMP")

    assert buyer.order({lamp: 0}, key="k").status_code == 400
    assert buyer.order({lamp: 1}, key="k").status_code == 201


def test_while_it_is_being_worked_on_the_twin_is_told_to_wait(shop, buyer, refused, monkeypatch):
    lamp = shop.sells("LAMP")

    def with_a_twin(*args, reserve=placement._reserve):
        answer = buyer.order({lamp: 1}, key="k")
        refused(answer, 409, "request_in_progress")
        assert answer["Retry-After"] == "1"
        reserve(*args)

    monkeypatch.setattr(placement, "_reserve", with_a_twin)

    assert buyer.order({lamp: 1}, key="k").status_code == 201
    assert shop.calls == ["GET", "PUT"]


def test_a_retry_places_the_order_as_soon_as_inventory_is_back(shop, buyer):
    lamp = shop.sells("LAMP")
    shop.inventory.then(neighbours.resets, neighbours.carried_out_then_lost, neighbours.resets)
    assert buyer.order({lamp: 1}, key="k").status_code == 503
    first = Attempt.objects.get()

    again = buyer.order({lamp: 1}, key="k")

    now = Attempt.objects.get()
    assert (again.status_code, first.state, now.state) == (201, "aborting", "completed")
    assert "Idempotency-Replayed" not in again
    assert again.json()["id"] == str(now.order_id) != str(first.order_id)
    assert (
        again.json()["number"]
        == Claim(now.pk, now.order_id).number
        != Claim(first.pk, first.order_id).number
    )
    assert shop.stock.quantity == {lamp: 9}
    shop.check()


def test_a_retry_while_inventory_is_still_away_is_503_again_and_promises_nothing(
    shop, buyer, refused, patient
):
    lamp = shop.sells("LAMP")
    shop.inventory.always(neighbours.resets)

    for _ in range(4):
        answer = buyer.order({lamp: 1}, key="k")
        assert refused(answer, 503, "service_unavailable")["service"] == "inventory"
        assert answer["Retry-After"] == "1"
    assert (Attempt.objects.get().state, shop.product.told) == ("aborting", ["GET"])
    shop.inventory.always(neighbours.as_usual)
    assert buyer.order({lamp: 1}, key="k").status_code == 201
    shop.check()


def test_a_retry_can_end_in_a_refusal_that_stands(shop, buyer):
    lamp = shop.sells("LAMP", quantity=1)
    shop.inventory.then(neighbours.resets, neighbours.resets)
    buyer.order({lamp: 1}, key="k")
    shop.stock.quantity[lamp] = 0

    refusal = buyer.order({lamp: 1}, key="k")
    shop.stock.quantity[lamp] = 1

    assert refusal.status_code == 409
    assert same(refusal, buyer.order({lamp: 1}, key="k"))
    shop.check()


def test_an_attempt_that_is_forgotten_at_that_very_moment_is_to_be_asked_for_again(
    shop, buyer, refused, monkeypatch
):
    monkeypatch.setattr(attempts, "claim", lambda *args: None)

    refused(buyer.order({shop.sells("LAMP"): 1}, key="k"), 409, "request_in_progress")


def test_a_dead_request_s_key_waits_for_the_worker_and_then_works(shop, buyer, refused):
    lamp = shop.sells("LAMP")
    claim = attempts.claim(
        buyer.user_id,
        "k",
        fingerprint(orjson.dumps({"items": [{"product_id": lamp, "quantity": 1}]})),
    )

    refused(buyer.order({lamp: 1}, key="k"), 409, "request_in_progress")
    worker_catches_up()

    answer = buyer.order({lamp: 1}, key="k")
    assert answer.status_code == 201
    assert answer.json()["id"] != str(claim.order_id)
    shop.check()


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_one_key_fifty_times_is_one_order(self, shop):
        lamp, buyer = shop.sells("LAMP", quantity=100), JSONClient("customer")

        answers = at_once(*[lambda: buyer.order({lamp: 1}, key="k")] * 50)

        seen = Counter((answer.status_code, answer.json().get("code")) for answer in answers)
        assert set(seen) <= {(201, None), (409, "request_in_progress")}
        assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
        assert [
            answer.get("Idempotency-Replayed") for answer in answers if answer.status_code == 201
        ].count(None) == 1
        assert shop.stock.quantity == {lamp: 99}
        shop.check()

    def test_many_retries_of_what_is_being_undone_are_one_order(self, shop, patient):
        lamp, buyer = shop.sells("LAMP", quantity=100), JSONClient("customer")
        shop.inventory.then(
            neighbours.carried_out_then_lost, neighbours.carried_out_then_lost, neighbours.resets
        )
        assert buyer.order({lamp: 1}, key="k").status_code == 503

        answers = at_once(*[lambda: buyer.order({lamp: 1}, key="k")] * 20, worker_catches_up)[:-1]

        placed = {answer.content for answer in answers if answer.status_code == 201}
        assert {answer.status_code for answer in answers} <= {201, 409, 503}
        assert len(placed) <= 1
        worker_catches_up()
        final = buyer.order({lamp: 1}, key="k")
        assert final.status_code == 201
        assert not placed or final.content in placed
        assert Order.objects.count() == 1
        shop.check()

    def test_buyers_with_a_failing_inventory_and_two_workers_lose_nothing(self, shop, patient):
        lamp = shop.sells("LAMP", quantity=30)
        trouble = [
            neighbours.resets,
            neighbours.carried_out_then_lost,
            neighbours.later,
            neighbours.cut_in_half,
            problem(503, "x"),
        ]
        shop.inventory.then(
            *[step for number in range(12) for step in (trouble[number % 5], neighbours.as_usual)]
        )

        def buys_until_sure() -> bytes:
            buyer, key = JSONClient("customer"), str(uuid4())
            for _ in range(200):
                answer = buyer.order({lamp: 2}, key=key)
                if (
                    answer.status_code in (201, 409)
                    and orjson.loads(answer.content).get("code") != "request_in_progress"
                ):
                    return answer.status_code
            return 0

        outcomes = Counter(at_once(*[buys_until_sure] * 20, *[worker_catches_up] * 2)[:20])

        worker_catches_up()
        assert 409 in shop.inventory.deliver() or not shop.inventory.late
        assert outcomes[201] == Order.objects.count() <= 15
        assert outcomes[201] + outcomes[409] == 20
        assert shop.stock.quantity[lamp] == 30 - 2 * outcomes[201]
        shop.check()

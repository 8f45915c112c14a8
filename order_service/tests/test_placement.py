"""Every outcome of placing an order: what is answered, what is kept, and what neighbours are left with."""

import re
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import neighbours
import pytest
from conftest import PAST, worker_catches_up
from neighbours import problem, reply

from orders.models import Attempt, Event, Order, OrderLine, StockTask
from orders.services import attempts, recovery
from orders.services.attempts import Claim

pytestmark = pytest.mark.django_db

ADDRESS = {
    "name": "Ada",
    "line1": "1 Example Street",
    "line2": "",
    "city": "Exampleton",
    "region": "",
}
ADDRESS |= {"postal_code": "12345", "country": "US", "phone": ""}


def kept() -> tuple[str, int | None, int]:
    """State and answer's status of the one attempt, and how many orders there are."""
    attempt = Attempt.objects.get()
    assert (
        Order.objects.count()
        == Event.objects.count()
        == Order.objects.filter(lines__position=1).count()
    )
    return attempt.state, attempt.answer_status, Order.objects.count()


def unavailable(refused, response, service: str) -> None:
    assert refused(response, 503, "service_unavailable")["service"] == service
    assert response["Retry-After"] == "1"
    assert "Idempotency-Replayed" not in response


def test_an_order_that_is_placed(shop, buyer):
    lamp, chair = shop.sells("LAMP", "19.99"), shop.sells("CHAIR", "100.50", quantity=3)

    response = buyer.order({chair: 3, lamp: 2}, shipping_address=ADDRESS, expected_total="341.48")

    body = response.json()
    order = Order.objects.get()
    assert (response.status_code, response["Content-Type"]) == (201, "application/json")
    assert response["Location"] == f"/api/orders/{order.pk}/"
    assert "Idempotency-Replayed" not in response
    assert body == {
        "id": str(order.pk),
        "number": order.number,
        "user_id": str(buyer.user_id),
        "status": "confirmed",
        "items": [
            {
                "product_id": chair,
                "sku": "CHAIR",
                "name": "A chair",
                "unit_price": "100.50",
                "quantity": 3,
                "line_total": "301.50",
            },
            {
                "product_id": lamp,
                "sku": "LAMP",
                "name": "A lamp",
                "unit_price": "19.99",
                "quantity": 2,
                "line_total": "39.98",
            },
        ],
        "total": "341.48",
        "currency": "USD",
        "shipping_address": ADDRESS,
        "created_at": body["created_at"],
        "updated_at": body["created_at"],
    }
    assert datetime.fromisoformat(body["created_at"]) == order.created_at == order.updated_at
    assert kept() == ("completed", 201, 1)
    assert Attempt.objects.get().answer == response.content.decode()
    assert list(Event.objects.values_list("order_id", "type", "actor", "created_at")) == [
        (order.pk, "placed", buyer.user_id, order.created_at)
    ]
    assert shop.stock.quantity == {lamp: 8, chair: 0}
    assert shop.stock.reservations == {str(order.pk): ("held", {chair: 3, lamp: 2})}
    assert not StockTask.objects.exists()
    shop.check()


@pytest.mark.django_db(transaction=True)
def test_a_number_that_there_is_already_is_503_and_the_next_try_has_another(
    shop, buyer, refused, monkeypatch
):
    lamp = shop.sells("LAMP")
    with monkeypatch.context() as patch:
        patch.setattr(Claim, "number", "SO-00000-00000")
        assert buyer.order({lamp: 1}).status_code == 201
        unavailable(refused, buyer.order({lamp: 1}, key="k"), "order")

    assert (shop.stock.quantity, Order.objects.count()) == ({lamp: 9}, 1)
    assert buyer.order({lamp: 1}, key="k").status_code == 201
    shop.check()


def test_numbers_are_easy_to_read_and_not_one_after_another(shop, buyer):
    lamp = shop.sells("LAMP")

    numbers = [buyer.order({lamp: 1}).json()["number"] for _ in range(5)]

    assert all(
        re.fullmatch("SO-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", number) for number in numbers
    )
    assert len({number[3:5] for number in numbers}) > 1


def test_what_is_answered_at_first_is_what_is_read_afterwards(shop, buyer, staff):
    lamp = shop.sells("LAMP", "0.10")
    response = buyer.order(
        {lamp: 10},
        shipping_address={"line1": "1\\2 {a} 'x' \"y\" %s", "city": "Zürich 💡", "country": "CH"},
    )

    assert buyer.get(response["Location"]).json() == response.json()
    assert staff.get(response["Location"]).json() == response.json()
    assert buyer.get("/api/orders/").json()["results"] == [response.json()]


def test_neighbours_are_asked_once_each_under_the_request_s_id(shop, buyer):
    lamp = shop.sells("LAMP")
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    body = {"items": [{"product_id": lamp, "quantity": 1}]}
    buyer.post("/api/orders/", body, x_request_id="abc-1", traceparent=trace)

    assert shop.calls == ["GET", "PUT"]
    for call in shop.product.calls + shop.inventory.calls:
        assert (call.headers["X-Request-ID"], call.headers["traceparent"]) == ("abc-1", trace)
    assert "Authorization" not in shop.product.calls[0].headers


def test_equal_products_are_added_up(shop, buyer):
    lamp, chair = shop.sells("LAMP"), shop.sells("CHAIR")
    items = [
        {"product_id": id, "quantity": units}
        for id, units in ((lamp, 2), (chair, 1), (lamp.upper(), 3))
    ]

    body = buyer.post("/api/orders/", {"items": items}).json()

    assert [(item["product_id"], item["quantity"]) for item in body["items"]] == [
        (lamp, 5),
        (chair, 1),
    ]
    assert shop.stock.quantity == {lamp: 5, chair: 9}


def test_names_and_prices_are_those_of_the_day_of_the_order(shop, buyer):
    lamp = shop.sells("LAMP", "19.99")
    placed = buyer.order({lamp: 1})
    shop.catalogue.rows[lamp].update(sku="L2", name="Dearer", price="99.99", is_active=False)

    assert buyer.get(placed["Location"]).json() == placed.json()
    assert placed.json()["items"][0]["unit_price"] == "19.99"


def test_what_costs_nothing_can_be_ordered(shop, buyer):
    assert (
        buyer.order({shop.sells("SAMPLE", "0.00"): 1}, expected_total="0").json()["total"] == "0.00"
    )


def test_the_dearest_order_there_can_be(shop, buyer):
    products = [shop.sells(f"P{number}", "9999999999.99", quantity=10_000) for number in range(100)]

    body = buyer.order(dict.fromkeys(products, 10_000)).json()

    assert body["total"] == "9999999999990000.00"
    assert sum(Decimal(item["line_total"]) for item in body["items"]) == Decimal(body["total"])
    assert OrderLine.objects.count() == 100
    assert buyer.get(f"/api/orders/{body['id']}/").json() == body


@pytest.mark.parametrize("archived", [False, True])
def test_a_product_that_is_unknown_or_archived(shop, buyer, refused, archived):
    lamp, gone = shop.sells("LAMP"), shop.sells("GONE")
    if archived:
        shop.catalogue.rows[gone]["is_active"] = False
    else:
        del shop.catalogue.rows[gone]

    answer = refused(buyer.order({lamp: 1, gone: 1}), 422, "product_not_found")

    assert answer["items"] == [{"product_id": gone}]
    assert kept() == ("refused", 422, 0)
    assert (shop.calls, shop.stock.reservations) == (["GET"], {})


def test_too_little_stock_holds_nothing(shop, buyer, refused):
    lamp, chair, table = (
        shop.sells("LAMP"),
        shop.sells("CHAIR", quantity=2),
        shop.sells("TABLE", quantity=0),
    )

    answer = refused(buyer.order({lamp: 1, chair: 3, table: 1}), 409, "insufficient_stock")

    assert answer["items"] == [
        {"product_id": chair, "requested": 3, "available": 2},
        {"product_id": table, "requested": 1, "available": 0},
    ]
    assert kept() == ("refused", 409, 0)
    assert shop.stock.quantity == {lamp: 10, chair: 2, table: 0}
    shop.check()


@pytest.mark.parametrize("expected", ["39.97", "39.99", "0.00", 39, 40.0])
def test_another_price_than_the_buyer_was_shown(shop, buyer, refused, expected):
    lamp = shop.sells("LAMP", "19.99")

    answer = refused(buyer.order({lamp: 2}, expected_total=expected), 409, "price_changed")

    assert answer["total"] == "39.98"
    assert kept() == ("refused", 409, 0)
    assert (shop.calls, shop.stock.reservations) == (["GET"], {})


@pytest.mark.parametrize("expected", ["39.98", 39.98, None])
def test_the_price_the_buyer_was_shown(shop, buyer, expected):
    assert buyer.order({shop.sells("LAMP", "19.99"): 2}, expected_total=expected).status_code == 201


PRODUCT_AWAY = {
    "reset": neighbours.resets,
    "hanging": neighbours.hangs,
    "cut in half": neighbours.cut_in_half,
    "HTML": reply(200, b"<html>", "text/html"),
    "empty": reply(200, b""),
    "no list": reply(200, {"results": {}}),
    "a refusal": problem(404, "product_not_found"),
    "503": problem(503, "service_unavailable"),
}


@pytest.mark.parametrize("step", PRODUCT_AWAY.values(), ids=PRODUCT_AWAY)
def test_the_product_service_is_away(shop, buyer, refused, hasty, step):
    lamp = shop.sells("LAMP")
    shop.product.then(step)

    unavailable(refused, buyer.order({lamp: 1}, key="k"), "product")

    assert kept() == ("aborted", None, 0)
    assert (shop.product.told, shop.inventory.told) == (["GET"], ["DELETE"])
    assert buyer.order({lamp: 1}, key="k").status_code == 201
    shop.check()


INVENTORY_AWAY = {
    "reset": neighbours.resets,
    "hanging": neighbours.hangs,
    "cut in half": neighbours.cut_in_half,
    "done and lost": neighbours.carried_out_then_lost,
    "done and hanging": neighbours.carried_out_then_hangs,
    "HTML": reply(200, b"<html>", "text/html"),
    "empty": reply(200, b""),
    "empty 201": reply(201, b""),
    "of another order": reply(201, {"order_id": "x", "status": "held"}),
    "released": problem(409, "reservation_released"),
    "mismatch": problem(422, "reservation_mismatch"),
    "a shortage of something else": problem(
        409, "insufficient_stock", items=[{"product_id": "x", "requested": 1, "available": 0}]
    ),
    "401": problem(401, "invalid_token"),
    "503": problem(503, "service_unavailable"),
}


@pytest.mark.parametrize("step", INVENTORY_AWAY.values(), ids=INVENTORY_AWAY)
def test_inventory_is_away_for_both_tries(shop, buyer, refused, hasty, step):
    lamp = shop.sells("LAMP")
    shop.inventory.then(step, step)

    unavailable(refused, buyer.order({lamp: 1}, key="k"), "inventory")

    assert kept() in {
        ("aborted", None, 0),
        ("aborting", None, 0),
    }  # the request cleans up, if it has time left
    assert shop.inventory.told[:2] == ["PUT", "PUT"]
    worker_catches_up()
    assert kept() == ("aborted", None, 0)
    assert shop.stock.quantity == {lamp: 10}
    shop.check()


@pytest.mark.parametrize("step", INVENTORY_AWAY.values(), ids=INVENTORY_AWAY)
def test_inventory_is_away_for_the_first_try_only(shop, buyer, hasty, step):
    lamp = shop.sells("LAMP")
    shop.inventory.then(step)

    assert buyer.order({lamp: 1}).status_code == 201

    assert shop.inventory.told == ["PUT", "PUT"]
    assert kept() == ("completed", 201, 1)
    assert shop.stock.quantity == {lamp: 9}
    shop.check()


def test_inventory_is_never_asked_a_third_time(shop, buyer):
    lamp = shop.sells("LAMP")
    shop.inventory.always(neighbours.resets)

    buyer.order({lamp: 1})

    assert shop.inventory.told == ["PUT", "PUT", "DELETE"]
    assert kept() == ("aborting", None, 0)


@pytest.mark.parametrize(
    "first", [neighbours.resets, neighbours.carried_out_then_lost, neighbours.later]
)
def test_a_shortage_is_not_final_after_a_try_of_which_nothing_is_known(shop, buyer, refused, first):
    lamp = shop.sells("LAMP", quantity=1)
    shop.inventory.then(
        first,
        problem(
            409, "insufficient_stock", items=[{"product_id": lamp, "requested": 1, "available": 0}]
        ),
    )

    unavailable(refused, buyer.order({lamp: 1}, key="k"), "inventory")

    assert kept() == ("aborted", None, 0)
    assert shop.inventory.deliver() in ([], [409])
    assert shop.stock.quantity == {lamp: 1}
    assert buyer.order({lamp: 1}, key="k").status_code == 201
    shop.check()


def test_whoever_is_late_saves_nothing(shop, buyer, refused, monkeypatch):
    lamp = shop.sells("LAMP")

    def slow(claim, order, answer, complete=attempts.complete):
        worker_catches_up()  # takes the attempt for dead, and gives the stock back
        return complete(claim, order, answer)

    monkeypatch.setattr(attempts, "complete", slow)
    unavailable(refused, buyer.order({lamp: 1}, key="k"), "order")
    assert kept() == ("aborted", None, 0)
    assert shop.stock.quantity == {lamp: 10}

    monkeypatch.undo()
    shop.check()


def test_whoever_is_late_refuses_nothing_for_good(shop, buyer, refused, monkeypatch):
    lamp = shop.sells("LAMP", quantity=0)

    def slow(*args, refuse=attempts.refuse):
        worker_catches_up()
        return refuse(*args)

    monkeypatch.setattr(attempts, "refuse", slow)
    unavailable(refused, buyer.order({lamp: 1}, key="k"), "order")
    assert kept() == ("aborted", None, 0)


def test_a_request_that_slept_while_the_worker_took_its_attempt_reserves_nothing(
    shop, buyer, refused, monkeypatch
):
    lamp = shop.sells("LAMP")
    claims = []
    monkeypatch.setattr(
        attempts,
        "claim",
        lambda *args, claim=attempts.claim: claims.append(claim(*args)) or claims[-1],
    )

    def meanwhile(exchange):
        shop.stock.reservations[str(claims[0].order_id)] = ("released", {})
        neighbours.as_usual(exchange)

    shop.product.then(meanwhile)
    unavailable(refused, buyer.order({lamp: 1}), "inventory")
    assert shop.stock.quantity == {lamp: 10}


def test_an_order_of_no_key_that_failed_is_cleaned_up_too(shop, buyer, hasty):
    lamp = shop.sells("LAMP")
    shop.inventory.then(
        neighbours.carried_out_then_lost, neighbours.carried_out_then_lost, neighbours.resets
    )

    assert buyer.order({lamp: 4}).status_code == 503
    assert (shop.stock.quantity, kept()) == ({lamp: 6}, ("aborting", None, 0))

    worker_catches_up()
    assert (shop.stock.quantity, kept()) == ({lamp: 10}, ("aborted", None, 0))


def test_a_lease_that_is_not_over_is_not_taken_by_the_worker(shop, buyer, monkeypatch):
    lamp = shop.sells("LAMP")
    monkeypatch.setattr(
        attempts,
        "complete",
        lambda *args, complete=attempts.complete: recovery.catch_up() or complete(*args),
    )

    assert buyer.order({lamp: 1}).status_code == 201
    assert Attempt.objects.get().lease_until > PAST
    assert UUID(shop.inventory.calls[0].path.split("/")[-2]) == Order.objects.get().pk

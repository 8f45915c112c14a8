"""Every outcome of placing an order: the response, the stored state, the reservation."""

import re
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import fake_servers
import pytest
from factories import PAST
from fake_servers import problem, reply
from shop import run_worker_until_idle

from orders.models import Attempt, Event, Order, OrderLine, OutboxMessage
from orders.services import background, order_attempts
from orders.services.order_attempts import AttemptLease

pytestmark = pytest.mark.django_db

ADDRESS = {
    "name": "Ada",
    "line1": "1 Example Street",
    "line2": "",
    "city": "Exampleton",
    "region": "",
}
ADDRESS |= {"postal_code": "12345", "country": "US", "phone": ""}


def outcome() -> tuple[str, int | None, int]:
    """State and response status of the only attempt, and the number of orders."""
    attempt = Attempt.objects.get()
    assert (
        Order.objects.count()
        == Event.objects.count()
        == Order.objects.filter(lines__position=1).count()
    )
    return attempt.state, attempt.response_status, Order.objects.count()


def unavailable(assert_problem, response, service: str) -> None:
    assert assert_problem(response, 503, "service_unavailable")["service"] == service
    assert response["Retry-After"] == "1"
    assert "Idempotency-Replayed" not in response


def test_placed_order_is_complete(shop, buyer):
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
    assert outcome() == ("completed", 201, 1)
    assert Attempt.objects.get().response_body == response.content.decode()
    assert list(Event.objects.values_list("order_id", "type", "actor", "created_at")) == [
        (order.pk, "placed", buyer.user_id, order.created_at)
    ]
    assert shop.stock.quantity == {lamp: 8, chair: 0}
    assert shop.stock.reservations == {str(order.pk): ("held", {chair: 3, lamp: 2})}
    assert not OutboxMessage.objects.exists()
    shop.check()


@pytest.mark.django_db(transaction=True)
def test_duplicate_order_number_is_503_and_the_retry_has_another(
    shop, buyer, assert_problem, monkeypatch
):
    lamp = shop.sells("LAMP")
    with monkeypatch.context() as patch:
        patch.setattr(AttemptLease, "number", "SO-00000-00000")
        assert buyer.order({lamp: 1}).status_code == 201
        unavailable(assert_problem, buyer.order({lamp: 1}, key="k"), "order")

    assert (shop.stock.quantity, Order.objects.count()) == ({lamp: 9}, 1)
    assert buyer.order({lamp: 1}, key="k").status_code == 201
    shop.check()


def test_order_numbers_are_readable_and_not_sequential(shop, buyer):
    lamp = shop.sells("LAMP")

    numbers = [buyer.order({lamp: 1}).json()["number"] for _ in range(5)]

    assert all(
        re.fullmatch("SO-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", number) for number in numbers
    )
    assert len({number[3:5] for number in numbers}) > 1


def test_read_order_equals_the_response_of_placing(shop, buyer, staff):
    lamp = shop.sells("LAMP", "0.10")
    response = buyer.order(
        {lamp: 10},
        shipping_address={"line1": "1\\2 {a} 'x' \"y\" %s", "city": "Zürich 💡", "country": "CH"},
    )

    assert buyer.get(response["Location"]).json() == response.json()
    assert staff.get(response["Location"]).json() == response.json()
    assert buyer.get("/api/orders/").json()["results"] == [response.json()]


def test_each_service_is_called_once_with_the_request_id(shop, buyer):
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


def test_order_keeps_the_prices_at_its_time(shop, buyer):
    lamp = shop.sells("LAMP", "19.99")
    placed = buyer.order({lamp: 1})
    shop.catalogue.rows[lamp].update(sku="L2", name="Dearer", price="99.99", is_active=False)

    assert buyer.get(placed["Location"]).json() == placed.json()
    assert placed.json()["items"][0]["unit_price"] == "19.99"


def test_free_product_can_be_ordered(shop, buyer):
    assert (
        buyer.order({shop.sells("SAMPLE", "0.00"): 1}, expected_total="0").json()["total"] == "0.00"
    )


def test_maximum_total(shop, buyer):
    products = [shop.sells(f"P{number}", "9999999999.99", quantity=10_000) for number in range(100)]

    body = buyer.order(dict.fromkeys(products, 10_000)).json()

    assert body["total"] == "9999999999990000.00"
    assert sum(Decimal(item["line_total"]) for item in body["items"]) == Decimal(body["total"])
    assert OrderLine.objects.count() == 100
    assert buyer.get(f"/api/orders/{body['id']}/").json() == body


@pytest.mark.parametrize("archived", [False, True])
def test_unknown_or_archived_product_is_rejected(shop, buyer, assert_problem, archived):
    lamp, gone = shop.sells("LAMP"), shop.sells("GONE")
    if archived:
        shop.catalogue.rows[gone]["is_active"] = False
    else:
        del shop.catalogue.rows[gone]

    response = assert_problem(buyer.order({lamp: 1, gone: 1}), 422, "product_not_found")

    assert response["items"] == [{"product_id": gone}]
    assert outcome() == ("rejected", 422, 0)
    assert (shop.calls, shop.stock.reservations) == (["GET"], {})


def test_shortage_reserves_nothing(shop, buyer, assert_problem):
    lamp, chair, table = (
        shop.sells("LAMP"),
        shop.sells("CHAIR", quantity=2),
        shop.sells("TABLE", quantity=0),
    )

    response = assert_problem(buyer.order({lamp: 1, chair: 3, table: 1}), 409, "insufficient_stock")

    assert response["items"] == [
        {"product_id": chair, "requested": 3, "available": 2},
        {"product_id": table, "requested": 1, "available": 0},
    ]
    assert outcome() == ("rejected", 409, 0)
    assert shop.stock.quantity == {lamp: 10, chair: 2, table: 0}
    shop.check()


@pytest.mark.parametrize("expected", ["39.97", "39.99", "0.00", 39, 40.0])
def test_other_expected_total_is_price_changed(shop, buyer, assert_problem, expected):
    lamp = shop.sells("LAMP", "19.99")

    response = assert_problem(buyer.order({lamp: 2}, expected_total=expected), 409, "price_changed")

    assert response["total"] == "39.98"
    assert outcome() == ("rejected", 409, 0)
    assert (shop.calls, shop.stock.reservations) == (["GET"], {})


@pytest.mark.parametrize("expected", ["39.98", 39.98, None])
def test_equal_expected_total_is_accepted(shop, buyer, expected):
    assert buyer.order({shop.sells("LAMP", "19.99"): 2}, expected_total=expected).status_code == 201


PRODUCT_FAULTS = {
    "reset": fake_servers.resets,
    "hanging": fake_servers.hangs,
    "invalid": reply(200, {"results": {}}),
    "503": problem(503, "service_unavailable"),
}


@pytest.mark.parametrize("step", PRODUCT_FAULTS.values(), ids=PRODUCT_FAULTS)
def test_unavailable_product_service_is_503(shop, buyer, assert_problem, short_timeouts, step):
    lamp = shop.sells("LAMP")
    shop.product.then(step)

    unavailable(assert_problem, buyer.order({lamp: 1}, key="k"), "product")

    assert outcome() == ("aborted", None, 0)
    assert (shop.product.methods, shop.inventory.methods) == (["GET"], ["DELETE"])
    assert buyer.order({lamp: 1}, key="k").status_code == 201
    shop.check()


INVENTORY_FAULTS = {
    "reset": fake_servers.resets,
    "hanging": fake_servers.hangs,
    "executed and lost": fake_servers.handled_then_reset,
    "executed and hanging": fake_servers.handled_then_hangs,
    "released": problem(409, "reservation_released"),
    "503": problem(503, "service_unavailable"),
}


@pytest.mark.parametrize("step", INVENTORY_FAULTS.values(), ids=INVENTORY_FAULTS)
def test_inventory_failing_twice_is_503(shop, buyer, assert_problem, short_timeouts, step):
    lamp = shop.sells("LAMP")
    shop.inventory.then(step, step)

    unavailable(assert_problem, buyer.order({lamp: 1}, key="k"), "inventory")

    assert outcome() in {
        ("aborted", None, 0),
        ("aborting", None, 0),
    }  # the request compensates if it has time left
    assert shop.inventory.methods[:2] == ["PUT", "PUT"]
    run_worker_until_idle()
    assert outcome() == ("aborted", None, 0)
    assert shop.stock.quantity == {lamp: 10}
    shop.check()


@pytest.mark.parametrize("step", INVENTORY_FAULTS.values(), ids=INVENTORY_FAULTS)
def test_inventory_failing_once_is_retried(shop, buyer, short_timeouts, step):
    lamp = shop.sells("LAMP")
    shop.inventory.then(step)

    assert buyer.order({lamp: 1}).status_code == 201

    assert shop.inventory.methods == ["PUT", "PUT"]
    assert outcome() == ("completed", 201, 1)
    assert shop.stock.quantity == {lamp: 9}
    shop.check()


def test_reservation_is_retried_only_once(shop, buyer):
    lamp = shop.sells("LAMP")
    shop.inventory.always(fake_servers.resets)

    buyer.order({lamp: 1})

    assert shop.inventory.methods == ["PUT", "PUT", "DELETE"]
    assert outcome() == ("aborting", None, 0)


@pytest.mark.parametrize(
    "first", [fake_servers.resets, fake_servers.handled_then_reset, fake_servers.delays]
)
def test_shortage_after_an_unknown_outcome_is_not_definitive(shop, buyer, assert_problem, first):
    lamp = shop.sells("LAMP", quantity=1)
    shop.inventory.then(
        first,
        problem(
            409, "insufficient_stock", items=[{"product_id": lamp, "requested": 1, "available": 0}]
        ),
    )

    unavailable(assert_problem, buyer.order({lamp: 1}, key="k"), "inventory")

    assert outcome() == ("aborted", None, 0)
    assert shop.inventory.deliver_delayed() in ([], [409])
    assert shop.stock.quantity == {lamp: 1}
    assert buyer.order({lamp: 1}, key="k").status_code == 201
    shop.check()


def test_order_is_not_saved_after_its_lease_expired(shop, buyer, assert_problem, monkeypatch):
    lamp = shop.sells("LAMP")

    def slow(claim, order, response, complete=order_attempts.complete):
        run_worker_until_idle()
        return complete(claim, order, response)

    monkeypatch.setattr(order_attempts, "complete", slow)
    unavailable(assert_problem, buyer.order({lamp: 1}, key="k"), "order")
    assert outcome() == ("aborted", None, 0)
    assert shop.stock.quantity == {lamp: 10}

    monkeypatch.undo()
    shop.check()


def test_rejection_is_not_stored_after_the_lease_expired(shop, buyer, assert_problem, monkeypatch):
    lamp = shop.sells("LAMP", quantity=0)

    def slow(*args, reject=order_attempts.reject):
        run_worker_until_idle()
        return reject(*args)

    monkeypatch.setattr(order_attempts, "reject", slow)
    unavailable(assert_problem, buyer.order({lamp: 1}, key="k"), "order")
    assert outcome() == ("aborted", None, 0)


def test_reservation_after_the_lease_expired_is_rejected(shop, buyer, assert_problem, monkeypatch):
    lamp = shop.sells("LAMP")
    claims = []
    monkeypatch.setattr(
        order_attempts,
        "claim",
        lambda *args, claim=order_attempts.claim: claims.append(claim(*args)) or claims[-1],
    )

    def release_first(exchange):
        shop.stock.reservations[str(claims[0].order_id)] = ("released", {})
        fake_servers.succeeds(exchange)

    shop.product.then(release_first)
    unavailable(assert_problem, buyer.order({lamp: 1}), "inventory")
    assert shop.stock.quantity == {lamp: 10}


def test_failed_order_without_a_key_is_compensated(shop, buyer, short_timeouts):
    lamp = shop.sells("LAMP")
    shop.inventory.then(
        fake_servers.handled_then_reset, fake_servers.handled_then_reset, fake_servers.resets
    )

    assert buyer.order({lamp: 4}).status_code == 503
    assert (shop.stock.quantity, outcome()) == ({lamp: 6}, ("aborting", None, 0))

    run_worker_until_idle()
    assert (shop.stock.quantity, outcome()) == ({lamp: 10}, ("aborted", None, 0))


def test_worker_does_not_take_an_unexpired_lease(shop, buyer, monkeypatch):
    lamp = shop.sells("LAMP")
    monkeypatch.setattr(
        order_attempts,
        "complete",
        lambda *args, complete=order_attempts.complete: background.run_once() or complete(*args),
    )

    assert buyer.order({lamp: 1}).status_code == 201
    assert Attempt.objects.get().lease_until > PAST
    assert UUID(shop.inventory.calls[0].path.split("/")[-2]) == Order.objects.get().pk

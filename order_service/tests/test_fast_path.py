"""What the fast path answers is what Django answers, and what is not plain it leaves to Django."""

from uuid import UUID, uuid4

import orjson
import pytest
from conftest import access_token

from chassis.tests.two_ways import by_django, by_the_fast_path
from orders.models import Attempt, Order

SOME = "0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11"
OF_ITS_OWN = ("id", "number", "user_id", "created_at", "updated_at")


@pytest.fixture
def place(shop):
    """`place(way, {product_id: units}, …)`: the answer, as a buyer of his own."""

    def send(way, items, buyer=None, **more):
        body = {"items": [{"product_id": product_id, "quantity": units} for product_id, units in items.items()], **more}
        return raw(way, orjson.dumps(body), buyer)

    def raw(way, body, buyer=None, **headers):
        token = access_token("customer", UUID(buyer) if buyer else None)
        answer = way("POST", "/api/orders/", body, authorization=f"Bearer {token}", **headers)
        return None if answer is None else _without_what_is_its_own(answer)

    send.raw = raw
    return send


def _without_what_is_its_own(answer):
    body, headers = dict(answer.body), dict(answer.headers)
    if "number" in body:
        assert headers.pop("Location") == f"/api/orders/{body['id']}/"
        assert Order.objects.get(pk=body["id"]).number == body["number"]
        for name in OF_ITS_OWN:
            del body[name]
    return answer.status, headers, body


def test_an_order_is_answered_as_django_does(shop, place):
    lamp, chair = shop.sells("LAMP", "19.99"), shop.sells("CHAIR", "5.00")
    fast = place(by_the_fast_path, {lamp: 2, chair: 1}, expected_total="44.98")
    assert fast is not None
    assert fast == place(by_django, {lamp: 2, chair: 1}, expected_total="44.98")
    assert fast[0] == "201 Created"
    assert shop.stock.quantity == {lamp: 6, chair: 8}
    shop.check()


def test_an_order_with_an_address_is_answered_as_django_does(shop, place):
    lamp = shop.sells("LAMP")
    address = {"line1": "1 Example Street", "city": "Exampleton", "country": "US"}
    fast = place(by_the_fast_path, {lamp: 1}, shipping_address=address)
    assert fast == place(by_django, {lamp: 1}, shipping_address=address)
    assert fast[2]["shipping_address"] == address | dict.fromkeys(("name", "line2", "region", "postal_code", "phone"), "")


def test_a_content_type_with_a_charset_is_plain_too(shop, place):
    body = orjson.dumps({"items": [{"product_id": shop.sells("LAMP"), "quantity": 1}]})
    assert place.raw(by_the_fast_path, body, content_type="Application/JSON; charset=utf-8")[0] == "201 Created"


@pytest.mark.parametrize("first", [by_the_fast_path, by_django])
def test_either_way_repeats_what_the_other_has_answered(shop, place, first):
    buyer, body = str(uuid4()), orjson.dumps({"items": [{"product_id": shop.sells("LAMP"), "quantity": 1}]})
    answers = [place.raw(way, body, buyer, idempotency_key="k") for way in (first, by_the_fast_path, by_django)]
    assert answers[0][0] == "201 Created"
    assert answers[0][2] == answers[1][2] == answers[2][2]
    assert ["Idempotency-Replayed" in headers for _, headers, _ in answers] == [False, True, True]
    assert answers[1] == answers[2]
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("units", "more", "status"),
    [
        (99, {}, "409 Conflict"),
        (1, {"expected_total": "1.00"}, "409 Conflict"),
        (1, {"address_id": SOME}, "422 Unprocessable Entity"),
    ],
    ids=["short", "price", "address"],
)
def test_a_refusal_is_said_as_django_does(shop, place, units, more, status):
    lamp = shop.sells("LAMP")
    fast = place(by_the_fast_path, {lamp: units}, **more)
    assert fast == place(by_django, {lamp: units}, **more)
    assert fast[0] == status
    assert shop.stock.quantity == {lamp: 10}


def test_an_unknown_product_is_said_as_django_does(shop, place):
    assert place(by_the_fast_path, {SOME: 1}) == place(by_django, {SOME: 1})


def test_a_neighbour_that_is_away_is_said_as_django_does(shop, place):
    lamp = shop.sells("LAMP")
    shop.product.close()
    fast = place(by_the_fast_path, {lamp: 1})
    assert fast == place(by_django, {lamp: 1})
    assert fast[0] == "503 Service Unavailable"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"items": []},
        {"items": [{"product_id": SOME, "quantity": 0}]},
        {"items": [{"product_id": SOME, "quantity": 1}], "expected_total": ""},
        {"items": [{"product_id": SOME, "quantity": 1}], "expected_total": "1.001"},
        {"items": [{"product_id": SOME, "quantity": 1}], "shipping_address": {}},
        {"items": [{"product_id": SOME, "quantity": 1}], "shipping_address": {"line1": " ", "city": "x", "country": "y"}},
        {"items": [{"product_id": SOME, "quantity": 1}], "total": "1.00"},
        [],
    ],
    ids=lambda body: str(body)[-40:],
)
def test_what_is_wrong_is_said_as_django_does_and_nobody_is_called(shop, place, body):
    fast = place.raw(by_the_fast_path, orjson.dumps(body))
    assert fast == place.raw(by_django, orjson.dumps(body))
    assert fast[0] == "400 Bad Request"
    assert (shop.calls, Attempt.objects.count()) == ([], 0)


def test_a_key_that_is_none_is_said_as_django_does(shop, place):
    body = orjson.dumps({"items": [{"product_id": shop.sells("LAMP"), "quantity": 1}]})
    fast = place.raw(by_the_fast_path, body, idempotency_key="x" * 256)
    assert fast == place.raw(by_django, body, idempotency_key="x" * 256)
    assert (fast[0], Attempt.objects.count()) == ("400 Bad Request", 0)


@pytest.mark.parametrize("token", ["", "x", "Basic abc", f"Bearer {access_token('customer', lifetime=-60)}"])
def test_whoever_is_not_signed_in_is_left_to_django(shop, token):
    body = orjson.dumps({"items": [{"product_id": shop.sells("LAMP"), "quantity": 1}]})
    assert by_the_fast_path("POST", "/api/orders/", body, authorization=token) is None


@pytest.mark.parametrize(
    ("body", "headers"),
    [(b"", {}), (b"{", {}), (b"null", {}), (b"{}", {"content_type": "text/plain"}), (b"{}", {"origin": "http://localhost:3000"})],
)
def test_what_is_not_plain_is_left_to_django(shop, place, body, headers):
    assert place.raw(by_the_fast_path, body, **headers) is None

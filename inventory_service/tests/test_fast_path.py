"""What the fast path answers is what Django answers, and what is not plain it leaves to Django."""

from uuid import uuid4

import orjson
import pytest

from chassis.tests.two_ways import by_django, by_the_fast_path
from inventory import services
from tests.conftest import access_token, service_token

SOME = "0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11"
pytestmark = pytest.mark.django_db


def put(way, order_id, body, token=None, **headers):
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    path = f"/api/inventory/reservations/{order_id}/"
    return way("PUT", path, raw, authorization=f"Bearer {service_token() if token is None else token}", **headers)


def both(body, prepare=lambda order_id: None):
    """The answers to the same request for two orders, without their ids and moments."""
    said = []
    for way in (by_the_fast_path, by_django):
        order_id = uuid4()
        prepare(order_id)
        answer = put(way, order_id, body)
        assert answer is not None
        said.append(orjson.loads(orjson.dumps(list(answer)).replace(str(order_id).encode(), b"ID")))
        for name in ("created_at", "updated_at"):
            assert said[-1][2].pop(name, "Z").endswith("Z")
    return said


def items(*rows):
    return {"items": [{"product_id": str(product_id), "quantity": units} for product_id, units in rows]}


def test_reserving_is_answered_as_django_does(stock):
    lamp, chair = stock("LAMP").pk, stock("CHAIR").pk
    fast, usual = both(items((lamp, 2), (chair, 1), (lamp, 1)))
    assert fast == usual
    assert fast[0] == "201 Created"
    assert stock.units(stock.reload(stock("LAMP", quantity=1))) == (5, 6)


def test_a_repeated_request_is_answered_as_django_does(stock):
    lamp = stock("LAMP").pk
    fast, usual = both(items((lamp, 2)), prepare=lambda order_id: services.reserve(order_id=order_id, quantities={lamp: 2}))
    assert fast == usual
    assert fast[0] == "200 OK"


@pytest.mark.parametrize(
    ("units", "before", "status"),
    [
        (11, None, "409 Conflict"),
        (1, lambda order_id, lamp: services.release(order_id=order_id), "409 Conflict"),
        (1, lambda order_id, lamp: services.reserve(order_id=order_id, quantities={lamp: 2}), "422 Unprocessable Entity"),
    ],
    ids=["short", "released", "another"],
)
def test_a_no_is_said_as_django_does(stock, units, before, status):
    lamp = stock("LAMP", quantity=100 if units == 1 else 10).pk
    fast, usual = both(items((lamp, units)), prepare=lambda order_id: before and before(order_id, lamp))
    assert fast == usual
    assert fast[0] == status


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"items": []},
        {"items": None},
        {"items": [{}]},
        {"items": [{"product_id": "x", "quantity": 1}]},
        {"items": [{"product_id": SOME, "quantity": True}]},
        {"items": [{"product_id": SOME, "quantity": 1.0}]},
        {"items": [{"product_id": SOME, "quantity": "1"}]},
        {"items": [{"product_id": SOME, "quantity": 0}]},
        {"items": [{"product_id": SOME, "quantity": 1_000_001}]},
        {"items": [{"product_id": SOME, "quantity": 1, "more": 1}]},
        {"items": [{"product_id": SOME, "quantity": 1}] * 101},
        {"items": [], "more": 1},
        [],
        7,
    ],
    ids=lambda body: str(body)[:60],
)
def test_what_is_wrong_is_said_as_django_does(body):
    fast, usual = both(body)
    assert fast == usual
    assert fast[0] == "400 Bad Request"


@pytest.mark.parametrize("body", [b"", b"{", b"null", b'{"items": "\\u0000"}', b"\xff"])
def test_what_is_no_json_is_left_to_django(body):
    assert put(by_the_fast_path, uuid4(), body) is None


@pytest.mark.parametrize(
    "token",
    ["", "x", access_token("staff"), service_token(issuer="product"), service_token(audience="order"), service_token(key="k" * 40)],
)
def test_whoever_is_not_the_order_service_is_left_to_django(stock, token):
    lamp = stock("LAMP")
    assert put(by_the_fast_path, uuid4(), items((lamp.pk, 1)), token) is None
    assert stock.units(lamp) == (10, 0)


def test_another_content_type_is_left_to_django(stock):
    assert put(by_the_fast_path, uuid4(), items((stock("LAMP").pk, 1)), content_type="text/plain") is None

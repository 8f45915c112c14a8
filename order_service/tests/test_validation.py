"""Invalid bodies are rejected before an attempt is claimed or a service is called."""

from uuid import uuid4

import pytest

from orders.models import Attempt, Order

pytestmark = pytest.mark.django_db

ID = str(uuid4())
ITEM = {"product_id": ID, "quantity": 1}
ADDRESS = {"line1": "1 Example Street", "city": "Exampleton", "country": "US"}


def item(**change):
    return {"items": [ITEM | change]}


def without(name):
    return {"items": [{key: value for key, value in ITEM.items() if key != name}]}


def address(**change):
    return {"items": [ITEM], "shipping_address": ADDRESS | change}


def total(value):
    return {"items": [ITEM], "expected_total": value}


INVALID_BODIES = [
    ({}, "items", "required"),
    ({"items": None}, "items", "null"),
    ({"items": []}, "items", "empty"),
    ({"items": {}}, "items", "not_a_list"),
    ({"items": "text"}, "items", "not_a_list"),
    ({"items": 3}, "items", "not_a_list"),
    ({"items": ITEM}, "items", "not_a_list"),
    ({"items": [ITEM] * 101}, "items", "max_length"),
    ({"items": [None]}, "items.0", "null"),
    ({"items": ["text"]}, "items.0", "invalid"),
    ({"items": [[]]}, "items.0", "invalid"),
    ({"items": [ITEM, ITEM, {}]}, "items.2.product_id", "required"),
    (without("product_id"), "items.0.product_id", "required"),
    (without("quantity"), "items.0.quantity", "required"),
    *((item(quantity=value), "items.0.quantity", "min_value") for value in (0, -1, -(2**63))),
    *(
        (item(quantity=value), "items.0.quantity", "max_value")
        for value in (10_001, 2**31, 2**63, 2**64 - 1)
    ),
    *(
        (item(quantity=value), "items.0.quantity", "type")
        for value in ("3", "", True, False, 1.5, 1.0, 1e300, [], {}, [1])
    ),
    (item(quantity=None), "items.0.quantity", "null"),
    *(
        (item(product_id=value), "items.0.product_id", "invalid")
        for value in ("", "x", ID[:-1], ID + "0", "{}")
    ),
    *(
        (item(product_id=value), "items.0.product_id", "type")
        for value in (7, 1.5, True, [], {}, [ID])
    ),
    (item(product_id=None), "items.0.product_id", "null"),
    (item(price="0.01"), "items.0.price", "unknown"),
    (item(quantity_=1), "items.0.quantity_", "unknown"),
    ({"items": [ITEM], "user_id": ID}, "user_id", "unknown"),
    ({"items": [ITEM], "quantities": {ID: 1}}, "quantities", "unknown"),
    ({"items": [ITEM], "status": "shipped"}, "status", "unknown"),
    *(
        ({"items": [ITEM], "shipping_address": value}, "shipping_address", "invalid")
        for value in ("text", [], 3, True, [ADDRESS])
    ),
    *(
        (address(**{name: None}), f"shipping_address.{name}", "null")
        for name in ("line1", "city", "country", "name", "phone")
    ),
    *((address(**{name: ""}), f"shipping_address.{name}", "blank") for name in ("line1", "city")),
    *(
        (address(country=value), "shipping_address.country", "invalid_choice")
        for value in ("", "us", "USA", "XX", "Germany", "x" * 201)
    ),
    *(
        (address(**{name: f"a{character}b"}), f"shipping_address.{name}", "invisible")
        for name in ("name", "line1", "line2", "city", "region", "postal_code", "phone")
        for character in "\u200b\u202e\n\u00ad\x1b"
    ),
    *(
        (address(**{name: 3}), f"shipping_address.{name}", "type")
        for name in ("line1", "city", "phone", "postal_code")
    ),
    *(
        (address(**{name: "x" * 201}), f"shipping_address.{name}", "max_length")
        for name in ("name", "line1", "line2", "city")
    ),
    (address(zip="12345"), "shipping_address.zip", "unknown"),
    ({"items": [ITEM], "shipping_address": {}}, "shipping_address.line1", "required"),
    ({"items": [ITEM], "shipping_address": ADDRESS, "address_id": ID}, "address_id", "ambiguous"),
    *(
        ({"items": [ITEM], "address_id": value}, "address_id", "invalid")
        for value in ("", "x", ID[:-1], ID + "0")
    ),
    *(
        ({"items": [ITEM], "address_id": value}, "address_id", "type")
        for value in (7, True, [], {}, [ID])
    ),
    *(
        (total(value), "expected_total", "invalid")
        for value in ("", "x", "NaN", "Infinity", "1,00")
    ),
    *((total(value), "expected_total", "type") for value in (True, [], {})),
    (total("-0.01"), "expected_total", "min_value"),
    (total("1.001"), "expected_total", "max_decimal_places"),
    (total("1" * 17), "expected_total", "max_whole_digits"),
    (total("1" * 2000), "expected_total", "max_string_length"),
    *((total(value), "expected_total", "max_digits") for value in (1e300,)),
    ([], "body", "invalid"),
    (None, "body", "null"),
    (b"", "items", "required"),
    ("text", "body", "invalid"),
    ([ITEM], "body", "invalid"),
]


@pytest.mark.parametrize(
    ("body", "field", "code"), INVALID_BODIES, ids=lambda value: repr(value)[:60]
)
def test_invalid_body_is_rejected(shop, buyer, assert_problem, body, field, code):
    raw = b"null" if body is None else body

    response = assert_problem(buyer.post("/api/orders/", raw, idempotency_key="k"), 400, "invalid")

    assert (field, code) in {(error["field"], error["code"]) for error in response["errors"]}
    assert all(error["message"] for error in response["errors"])
    assert (Attempt.objects.count(), Order.objects.count(), shop.calls) == (0, 0, [])


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"{'items': []}",
        b'{"items": [NaN]}',
        b'{"items": [{"product_id": "\\u0000", "quantity": 1}]}',
        b'{"items": "\\ud800"}',
        b'{"items": "\xff"}',
        b"[" * 100_000,
        b'{"items": [{"quantity": 1e999}]}',
    ],
    ids=lambda raw: repr(raw)[:40],
)
def test_malformed_json_is_rejected(shop, buyer, assert_problem, raw):
    assert_problem(buyer.post("/api/orders/", raw), 400, "parse_error")

    assert (Attempt.objects.count(), shop.calls) == (0, [])


def test_other_content_type_is_rejected(shop, buyer, assert_problem):
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
    ):
        assert_problem(
            buyer.send("POST", "/api/orders/", {"items": [ITEM]}, kind),
            415,
            "unsupported_media_type",
        )

    assert (Attempt.objects.count(), shop.calls) == (0, [])


def test_too_large_body_is_rejected(shop, buyer, assert_problem):
    assert_problem(buyer.post("/api/orders/", b" " * (1024 * 1024 + 1)), 413, "payload_too_large")

    assert (Attempt.objects.count(), shop.calls) == (0, [])


def test_largest_and_smallest_valid_bodies(shop, buyer):
    products = [shop.sells(f"P{number}", quantity=10_000) for number in range(100)]
    largest = {
        "name": "n" * 150,
        "line1": "💡" * 200,
        "line2": "l" * 200,
        "city": "c" * 100,
        "region": "r" * 100,
    }
    largest |= {"postal_code": "p" * 20, "country": "ZW", "phone": "0" * 40}

    placed = buyer.order(dict.fromkeys(products, 9_999), shipping_address=largest)
    smallest = buyer.order({products[0]: 1}, shipping_address=ADDRESS)
    nowhere = buyer.order({products[1]: 1}, shipping_address=None, expected_total=None)

    assert placed.json()["shipping_address"] == largest
    assert smallest.json()["shipping_address"] == dict.fromkeys(largest, "") | ADDRESS
    assert (nowhere.status_code, nowhere.json()["shipping_address"]) == (201, None)

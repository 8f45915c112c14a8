"""Validation of request bodies: the error names the field, and nothing changes."""

from uuid import uuid4

import pytest
from conftest import product_path

from products.models import Product

pytestmark = pytest.mark.django_db

LAMP = {"sku": "LAMP", "name": "Lamp", "price": "19.99"}
INVALID = {
    "sku missing": {"sku": ...},
    "sku empty": {"sku": ""},
    "sku of spaces": {"sku": "   "},
    "sku with a space before": {"sku": " LAMP"},
    "sku with a line break": {"sku": "LAMP\n"},
    "sku with a tab": {"sku": "LA\tMP"},
    "sku with an invisible character": {"sku": "LA\u200bMP"},
    "name with an invisible character": {"name": "La\u200bmp"},
    "name with a direction override": {"name": "Lamp \u202ereversed"},
    "name with a control character": {"name": "La\x1bmp"},
    "name with a line break": {"name": "La\nmp"},
    "sku a number": {"sku": 5},
    "sku null": {"sku": None},
    "name empty": {"name": ""},
    "name of spaces": {"name": " \t "},
    "name a list": {"name": ["Lamp"]},
    "name a boolean": {"name": True},
    "description null": {"description": None},
    "description an object": {"description": {}},
    "category with a space after": {"category": "lamps "},
    "category with a line break": {"category": "a\nb"},
    "image_url a relative path": {"image_url": "/lamp.png"},
    "image_url a script": {"image_url": "javascript:alert(1)"},
    "image_url data": {"image_url": "data:image/png;base64,AAAA"},
    "image_url ftp": {"image_url": "ftp://example.com/lamp.png"},
    "image_url without a host": {"image_url": "https://"},
    "image_url with a space": {"image_url": "https://example.com/a b"},
    "image_url with a space before": {"image_url": " https://example.com/"},
    "image_url with a line break": {"image_url": "https://example.com/\nx"},
    "image_url with a password": {"image_url": "https://user:secret@example.com/lamp.png"},
    "image_url with a user": {"image_url": "https://user@example.com/lamp.png"},
    "image_url with an empty user": {"image_url": "https://@example.com/lamp.png"},
    "image_url with a backslash": {"image_url": "https://example.com\\lamp.png"},
    "image_url with a quote": {"image_url": 'https://example.com/"onerror="alert(1)'},
    "image_url with markup": {"image_url": "https://example.com/<script>"},
    "image_url without slashes": {"image_url": "https:example.com"},
    "image_url of another scheme in capitals": {
        "image_url": "JAVASCRIPT://example.com/%0aalert(1)"
    },
    "image_url with an invalid port": {"image_url": "https://example.com:99999/lamp.png"},
    "image_url with half an IPv6 address": {"image_url": "https://[::1/lamp.png"},
    "image_url with dots as host": {"image_url": "https://../lamp.png"},
    "image_url a file URL": {"image_url": "file:///etc/passwd"},
    "is_active a string": {"is_active": "true"},
    "is_active a number": {"is_active": 1},
    "is_active null": {"is_active": None},
    "price missing": {"price": ...},
    "price null": {"price": None},
    "price empty": {"price": ""},
    "price a boolean": {"price": True},
    "price a list": {"price": ["19.99"]},
    "price negative": {"price": "-0.01"},
    "price negative zero": {"price": "-0"},
    "price negative number": {"price": -1},
    "price negative zero as a number": {"price": -0.0},
    "price NaN": {"price": "NaN"},
    "price sNaN": {"price": "sNaN"},
    "price Infinity": {"price": "Infinity"},
    "price with an exponent": {"price": "1e2"},
    "price huge exponent": {"price": "1e999999999"},
    "price tiny number": {"price": 1e-7},
    "price with three places": {"price": "19.990"},
    "price number with three places": {"price": 19.995},
    "price with 11 digits": {"price": "10000000000"},
    "price number with 11 digits": {"price": 10_000_000_000},
    "price huge number": {"price": 1e300},
    "price with a plus": {"price": "+1"},
    "price with a comma": {"price": "19,99"},
    "price with a space": {"price": " 19.99"},
    "price with an underscore": {"price": "1_000"},
    "price in Arabic digits": {"price": "١٩"},
    "price without whole digits": {"price": ".99"},
    "price that ends in a decimal point": {"price": "19."},
    "price of a thousand digits": {"price": "1" * 1001},
    "an unknown field": {"colour": "red"},
    "the id": {"id": str(uuid4())},
    "the version": {"version": 7},
    "the currency": {"currency": "EUR"},
    "created_at": {"created_at": "2026-01-31T12:00:00Z"},
}


def body_with(change):
    return {field: value for field, value in (LAMP | change).items() if value is not ...}


@pytest.mark.parametrize("change", INVALID.values(), ids=INVALID.keys())
def test_an_invalid_field_is_named_and_nothing_is_written(product, staff, assert_problem, change):
    chair = product("CHAIR")
    (field,) = change

    problems = [
        assert_problem(staff.post("/api/products/", body_with(change)), 400, "invalid"),
        assert_problem(staff.put(product_path(chair), body_with(change)), 400, "invalid"),
    ]
    if change[field] is not ...:
        problems.append(assert_problem(staff.patch(product_path(chair), change), 400, "invalid"))

    for problem in problems:
        assert {error["field"] for error in problem["errors"]} == {field}
        assert all(error.keys() == {"field", "message", "code"} for error in problem["errors"])
    assert list(Product.objects.values_list("sku", "version")) == [("CHAIR", 1)]


def test_all_invalid_fields_are_listed(staff, assert_problem):
    problem = assert_problem(
        staff.post("/api/products/", {"name": "", "price": "-1", "description": "x"}),
        400,
        "invalid",
    )

    assert sorted((error["field"], error["code"]) for error in problem["errors"]) == [
        ("name", "blank"),
        ("price", "invalid"),
        ("sku", "required"),
    ]


@pytest.mark.parametrize("body", [[], [LAMP], "LAMP", 5, None, True])
def test_a_body_other_than_an_object_is_rejected(product, staff, assert_problem, body):
    chair = product("CHAIR")
    raw = b"null" if body is None else body

    assert_problem(staff.send("POST", "/api/products/", raw), 400, "invalid")
    assert_problem(staff.send("PUT", product_path(chair), raw), 400, "invalid")
    assert_problem(staff.send("PATCH", product_path(chair), raw), 400, "invalid")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'sku': 1}",
        b'{"sku": "LA\\u0000MP", "name": "Lamp", "price": 1}',
        b'{"sku": "LA\x00MP", "name": "Lamp", "price": 1}',
        b'{"sku": "LA\\ud800MP", "name": "Lamp", "price": 1}',
        b'{"sku": "\xff", "name": "Lamp", "price": 1}',
        b'{"sku": "LAMP", "name": "Lamp", "price": NaN}',
        b'{"sku": "LAMP", "name": "Lamp", "price": Infinity}',
        b'{"sku": "LAMP", "name": "Lamp", "price": 1e999}',
        b"[" * 100_000,
    ],
)
def test_malformed_json_is_rejected(db, staff, assert_problem, body):
    assert_problem(staff.send("POST", "/api/products/", body), 400, "parse_error")

    assert not Product.objects.exists()


def test_an_empty_body_is_rejected(db, staff, assert_problem):
    assert_problem(staff.send("POST", "/api/products/", b""), 400, "invalid")
    assert not Product.objects.exists()

import re
from uuid import uuid4

import pytest

from inventory import services
from inventory.models import IdempotencyKey, Movement, Reservation, Stock
from tests.conftest import CUSTOMER, STAFF, access_token, service_token

pytestmark = pytest.mark.django_db

LIST = "/api/inventory/"
RESERVATIONS = "/api/inventory/reservations/"
MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}
SOME = "0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11"


def assert_problem(response, status, code):
    body = response.json()
    assert (response.status_code, body["status"], body["code"]) == (status, status, code), (
        response.content
    )
    assert response["Content-Type"] == "application/problem+json"
    assert set(body) >= MEMBERS
    assert body["request_id"] == response["X-Request-ID"]
    return body


def invalid_fields(response):
    return {error["field"] for error in assert_problem(response, 400, "invalid")["errors"]}


def stock_path(row, more=""):
    return f"{LIST}{row.product_id}/{more}"


def nothing_stored():
    return not (
        Stock.objects.exists()
        or Movement.objects.exists()
        or Reservation.objects.exists()
        or IdempotencyKey.objects.exists()
    )


# Receiving


def test_the_first_receipt_is_201_and_the_next_is_200(client, stock):
    product_id = str(stock.id_of("LAMP"))
    first = client.post(
        LIST, body={"product_id": product_id, "quantity": 10, "note": "new"}, token=client.staff
    )
    again = client.post(LIST, body={"product_id": product_id, "quantity": 5}, token=client.staff)
    assert (first.status_code, again.status_code) == (201, 200)
    body = again.json()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", body.pop("updated_at"))
    units = {"quantity": 15, "reserved": 0, "low_stock_threshold": 0}
    assert body == {"product_id": product_id, **units, "is_low": False, "product_unverified": False}
    assert list(Movement.objects.values_list("actor", flat=True)) == [STAFF, STAFF]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": 1_000_000_001}, "quantity"),
        ({"quantity": 10**30}, "quantity"),
        ({"quantity": "1"}, "quantity"),
        ({"quantity": 1.0}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"quantity": None}, "quantity"),
        ({"product_id": "lamp"}, "product_id"),
        ({"product_id": 5}, "product_id"),
        ({"note": "x" * 501}, "note"),
        ({"note": 1}, "note"),
        ({"qantity": 1}, "qantity"),
        ({"id": 1}, "id"),
    ],
)
def test_an_invalid_receipt_changes_nothing(client, change, field):
    response = client.post(
        LIST, body={"product_id": SOME, "quantity": 1} | change, token=client.staff
    )
    assert invalid_fields(response) == {field}
    assert nothing_stored()


# Reading, thresholds, corrections, the ledger


def test_anyone_can_read_stock_even_with_an_invalid_token(client, stock):
    lamp = stock("LAMP", quantity=3, low_stock_threshold=3)
    for token in ("", client.customer, "nonsense"):
        body = client.get(stock_path(lamp), token=token).json()
        assert (body["product_id"], body["quantity"], body["reserved"], body["is_low"]) == (
            str(lamp.product_id),
            3,
            0,
            True,
        )


def test_stock_is_filtered_by_product_and_low_stock(client, stock):
    low, full = stock("LOW", quantity=1, low_stock_threshold=1), stock("FULL")

    def ids(**query):
        return {row["product_id"] for row in client.get(LIST, query).json()["results"]}

    assert ids() == {str(low.product_id), str(full.product_id)}
    assert ids(low_stock="true") == {str(low.product_id)}
    assert ids(low_stock="false") == {str(full.product_id)}
    assert ids(product_ids=f"{full.product_id},{uuid4()}") == {str(full.product_id)}
    assert ids(product_ids=str(full.product_id), low_stock="true") == set()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"product_ids": "lamp"}, "product_ids"),
        ({"product_ids": ",".join([SOME] * 101)}, "product_ids"),
        ({"sku": ",".join(["LAMP"] * 101)}, "sku"),
        ({"sku": "LAMP,,CHAIR"}, "sku"),
        ({"product_id": ""}, "product_id"),
        ({"page": "2"}, "page"),
        ({"low_stock": "perhaps"}, "low_stock"),
        ({"low_stock": "null"}, "low_stock"),
        ({"page_size": "0"}, "page_size"),
        ({"page_size": "101"}, "page_size"),
        ({"cursor": "abc"}, "cursor"),
        ({"cursor": "cD1sYW1w"}, "cursor"),
    ],
)
def test_an_invalid_query_is_400(client, stock, query, field):
    stock("LAMP")
    assert invalid_fields(client.get(LIST, query)) == {field}


def test_staff_set_a_threshold(client, stock):
    lamp = stock("LAMP", quantity=10)
    response = client.patch(stock_path(lamp), body={"low_stock_threshold": 10}, token=client.staff)
    assert (
        response.status_code,
        response.json()["low_stock_threshold"],
        response.json()["is_low"],
    ) == (
        200,
        10,
        True,
    )
    for body in (
        {"low_stock_threshold": -1},
        {"low_stock_threshold": "1"},
        {},
        {"quantity": 5, "low_stock_threshold": 1},
    ):
        assert invalid_fields(client.patch(stock_path(lamp), body=body, token=client.staff)) <= {
            "low_stock_threshold",
            "quantity",
        }
    assert stock.reload(lamp).low_stock_threshold == 10


def test_an_adjustment_returns_its_row_of_the_ledger(client, stock):
    lamp = stock("LAMP", quantity=10)
    response = client.post(
        stock_path(lamp, "adjustments/"), body={"delta": -4, "reason": "broken"}, token=client.staff
    )
    assert response.status_code == 201
    row = response.json()
    assert (
        row == client.get(stock_path(lamp, "movements/"), token=client.staff).json()["results"][0]
    )
    assert (row["kind"], row["delta"], row["quantity_after"], row["note"], row["actor"]) == (
        "adjustment",
        -4,
        6,
        "broken",
        STAFF,
    )


def test_an_adjustment_below_zero_is_409_and_changes_nothing(client, stock):
    lamp = stock("LAMP", quantity=1)
    response = client.post(
        stock_path(lamp, "adjustments/"), body={"delta": -2, "reason": "lost"}, token=client.staff
    )
    body = assert_problem(response, 409, "insufficient_stock")
    assert body["items"] == [{"product_id": str(lamp.product_id), "requested": 2, "available": 1}]
    assert (stock.units(lamp), Movement.objects.count()) == ((1, 0), 1)


@pytest.mark.parametrize(
    "body",
    [
        {"delta": 0, "reason": "x"},
        {"delta": 1},
        {"delta": 1, "reason": ""},
        {"delta": 1, "reason": "a\u202eb"},
        {"delta": 10**10, "reason": "x"},
    ],
)
def test_an_invalid_adjustment_changes_nothing(client, stock, body):
    lamp = stock("LAMP")
    assert invalid_fields(
        client.post(stock_path(lamp, "adjustments/"), body=body, token=client.staff)
    ) <= {"delta", "reason"}
    assert Movement.objects.count() == 1


def test_the_ledger_of_a_product_is_listed_newest_first(client, stock, reserved):
    lamp = stock("LAMP")
    stock("CHAIR")
    order_id = reserved(lamp, 2)
    rows = client.get(stock_path(lamp, "movements/"), token=client.staff).json()["results"]
    assert [
        (row["kind"], row["delta"], row["reserved_delta"], row["reference"]) for row in rows
    ] == [
        ("reservation", 0, 2, str(order_id)),
        ("receipt", 10, 0, None),
    ]


def test_a_product_never_received_is_404_on_every_path(client):
    for method, more, body in [
        ("GET", "", None),
        ("PATCH", "", {"low_stock_threshold": 1}),
        ("POST", "adjustments/", {"delta": 1, "reason": "found"}),
        ("GET", "movements/", None),
    ]:
        assert_problem(
            client.generic(method, f"{LIST}{SOME}/{more}", body=body, token=client.staff),
            404,
            "stock_not_found",
        )
    assert nothing_stored()


# Reservations


def test_the_order_service_reserves_releases_and_fulfils(client, stock):
    lamp, path = stock("LAMP"), f"{RESERVATIONS}{uuid4()}/"
    body = {"items": [{"product_id": str(lamp.product_id), "quantity": 3}]}
    for status in (201, 200):
        response = client.put(path, body=body, token=client.order_service)
        assert (response.status_code, response.json()["status"], response.json()["items"]) == (
            status,
            "held",
            body["items"],
        )
    assert set(response.json()) == {"order_id", "status", "items", "created_at", "updated_at"}
    assert client.get(path, token=client.staff).json() == response.json()
    assert client.post(f"{path}fulfil/", token=client.order_service).status_code == 204
    assert_problem(client.delete(path, token=client.order_service), 409, "reservation_fulfilled")
    assert stock.units(lamp) == (7, 0)


LINE = {"product_id": SOME, "quantity": 1}


@pytest.mark.parametrize(
    ("items", "field"),
    [
        ([], "items"),
        (None, "items"),
        ("x", "items"),
        ({}, "items"),
        ([LINE] * 101, "items"),
        ([1], "items.0"),
        ([LINE, LINE | {"quantity": 0}], "items.1.quantity"),
        ([LINE | {"quantity": 1_000_001}], "items.0.quantity"),
        ([LINE | {"quantity": "1"}], "items.0.quantity"),
        ([LINE | {"qty": 1}], "items.0.qty"),
        ([{"quantity": 1}], "items.0.product_id"),
    ],
)
def test_an_invalid_reservation_stores_nothing(client, items, field):
    response = client.put(
        f"{RESERVATIONS}{uuid4()}/", body={"items": items}, token=client.order_service
    )
    assert invalid_fields(response) == {field}
    assert nothing_stored()


def test_reservations_are_listed_newest_order_first_and_by_status(client, stock, reserved):
    lamp = stock("LAMP")
    held, released = reserved(lamp), reserved(lamp)
    services.release(order_id=released)
    for token in (client.staff, client.order_service):
        rows = client.get(RESERVATIONS, token=token).json()["results"]
        assert [row["order_id"] for row in rows] == sorted([str(held), str(released)], reverse=True)
        assert [
            row["order_id"]
            for row in client.get(RESERVATIONS, {"status": "held"}, token=token).json()["results"]
        ] == [str(held)]
    assert invalid_fields(client.get(RESERVATIONS, {"status": "lost"}, token=client.staff)) == {
        "status"
    }


# Who may

STAFF_ONLY = [
    ("POST", LIST, {"product_id": SOME, "quantity": 1}),
    ("PATCH", f"{LIST}{SOME}/", {"low_stock_threshold": 1}),
    ("POST", f"{LIST}{SOME}/adjustments/", {"delta": 1, "reason": "x"}),
    ("POST", f"{LIST}import/", [{"product_id": SOME, "quantity": 1}]),
    ("GET", f"{LIST}{SOME}/movements/", None),
    ("GET", RESERVATIONS, None),
    ("GET", f"{RESERVATIONS}{SOME}/", None),
]
ORDER_SERVICE_ONLY = [
    ("PUT", f"{RESERVATIONS}{SOME}/", {"items": [LINE]}),
    ("DELETE", f"{RESERVATIONS}{SOME}/", None),
    ("POST", f"{RESERVATIONS}{SOME}/fulfil/", None),
]


@pytest.mark.parametrize(("method", "path", "body"), STAFF_ONLY + ORDER_SERVICE_ONLY)
def test_a_missing_or_invalid_token_is_401_and_changes_nothing(client, method, path, body):
    for token in (
        "",
        "a.b.c",
        access_token("staff", exp=1),
        access_token("staff", aud="other"),
        service_token(key="x" * 32),
    ):
        response = client.generic(method, path, body=body, token=token)
        assert response["WWW-Authenticate"] == "Bearer"
        assert "POST /api/users/token/" in response.json()["detail"]
        assert response.status_code == 401
    assert nothing_stored()


@pytest.mark.parametrize(("method", "path", "body"), STAFF_ONLY + ORDER_SERVICE_ONLY)
def test_a_customer_is_403_and_changes_nothing(client, method, path, body):
    assert_problem(
        client.generic(method, path, body=body, token=access_token("customer", CUSTOMER)),
        403,
        "permission_denied",
    )
    assert nothing_stored()


@pytest.mark.parametrize(("method", "path", "body"), ORDER_SERVICE_ONLY)
def test_only_the_order_service_changes_reservations(client, method, path, body):
    for token in (client.staff, service_token(scope="reservations:read"), service_token(scope="")):
        assert_problem(
            client.generic(method, path, body=body, token=token), 403, "permission_denied"
        )
    for token in (service_token("product"), service_token(""), service_token(audience="product")):
        assert_problem(client.generic(method, path, body=body, token=token), 401, "invalid_token")
    assert nothing_stored()


def test_the_order_service_cannot_use_staff_endpoints(client):
    for method, path, body in STAFF_ONLY[:5]:
        assert client.generic(method, path, body=body, token=client.order_service).status_code in {
            401,
            403,
        }
    assert nothing_stored()


# The shape of every response


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "parse_error"),
        (b'{"note": "\\u0000"}', "parse_error"),
        (b'{"note": "\\ud800"}', "parse_error"),
        (b"[]", "invalid"),
        (b"null", "invalid"),
    ],
)
def test_a_body_that_is_not_an_object_is_400(client, raw, code):
    for method, path, _ in STAFF_ONLY[:3]:
        assert_problem(client.generic(method, path, body=raw, token=client.staff), 400, code)
    assert_problem(
        client.put(ORDER_SERVICE_ONLY[0][1], body=raw, token=client.order_service), 400, code
    )
    assert nothing_stored()


def test_a_body_of_another_media_type_is_415(client):
    response = client.generic(
        "POST", LIST, b"product_id=1", "application/x-www-form-urlencoded", token=client.staff
    )
    assert_problem(response, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "path",
    [
        "/api/inventory/lamp/",
        f"/api/inventory/{SOME}/none/",
        "/api/inventory/reservations/x/",
        "/api/",
        "/x.html",
        "/",
    ],
)
def test_an_unknown_path_is_404(client, path):
    for method in ("GET", "POST", "DELETE"):
        assert_problem(client.generic(method, path, token=client.staff), 404, "not_found")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (LIST, {"GET", "POST"}),
        (f"{LIST}{SOME}/", {"GET", "PATCH"}),
        (f"{LIST}{SOME}/adjustments/", {"POST"}),
        (f"{LIST}{SOME}/movements/", {"GET"}),
        (f"{LIST}import/", {"POST"}),
        (RESERVATIONS, {"GET"}),
        (f"{RESERVATIONS}{SOME}/", {"GET", "PUT", "DELETE"}),
        (f"{RESERVATIONS}{SOME}/fulfil/", {"POST"}),
    ],
)
def test_an_unsupported_method_is_405(client, path, allowed):
    token = client.order_service if "reservations" in path else client.staff
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} - allowed:
        response = client.generic(method, path, token=token)
        assert_problem(response, 405, "method_not_allowed")
        assert allowed <= set(response["Allow"].split(", "))


@pytest.mark.parametrize(("method", "path", "body"), STAFF_ONLY + ORDER_SERVICE_ONLY)
def test_every_path_works_without_its_slash_with_no_redirect(client, method, path, body):
    token = client.order_service if (method, path, body) in ORDER_SERVICE_ONLY else client.staff
    with_slash = client.generic(method, path, body=body, token=token)
    Reservation.objects.all().delete()
    without = client.generic(method, path.rstrip("/"), body=body, token=token)
    assert without.status_code == with_slash.status_code or {
        with_slash.status_code,
        without.status_code,
    } == {201, 200}
    assert with_slash.headers.get("Location") == without.headers.get("Location") is None
    assert without.status_code < 300 or without.json()["code"] != "not_found"


def test_only_reading_stock_is_documented_as_anonymous(client):
    schema = client.get("/swagger.json").json()
    anonymous = {
        f"{method.upper()} {path}"
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if method != "parameters" and operation["security"] == []
    }
    assert anonymous == {"GET /api/inventory/", "GET /api/inventory/{product_id}/"}


def test_the_response_of_get_is_a_valid_patch(client, stock):
    lamp = stock("LAMP", quantity=10)
    path = f"/api/inventory/{lamp.product_id}/"
    whole = client.get(path).json()
    response = client.patch(path, body=whole | {"low_stock_threshold": 20}, token=client.staff)
    assert (
        response.status_code,
        response.json()["low_stock_threshold"],
        response.json()["is_low"],
    ) == (
        200,
        20,
        True,
    )


@pytest.mark.parametrize("field", ["product_id", "quantity", "reserved", "is_low", "updated_at"])
def test_a_changed_read_only_field_is_400(client, stock, field):
    lamp = stock("LAMP", quantity=10)
    path = f"/api/inventory/{lamp.product_id}/"
    whole = client.get(path).json() | {"low_stock_threshold": 20, field: None}
    response = client.patch(path, body=whole, token=client.staff)
    assert_problem(response, 400, "invalid")
    assert invalid_fields(response) == {field}
    assert stock.reload(lamp).low_stock_threshold == 0

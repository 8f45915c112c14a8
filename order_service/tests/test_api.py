"""Authentication, permissions, routes, transitions over HTTP, and the API documents."""

from uuid import uuid4

import pytest
from api_client import JSONClient, access_token
from django.db import OperationalError

from chassis.service_tokens import ServiceTokens
from orders.models import Attempt, Event, Order, OutboxMessage

pytestmark = pytest.mark.django_db

UNKNOWN_ID = uuid4()
UNKNOWN_ORDER = f"/api/orders/{UNKNOWN_ID}/"
OUTBOX = "/api/orders/outbox/"
ROUTES = [
    ("GET", "/api/orders/"),
    ("POST", "/api/orders/"),
    ("GET", UNKNOWN_ORDER),
    ("POST", f"{UNKNOWN_ORDER}cancel/"),
    ("POST", f"{UNKNOWN_ORDER}ship/"),
    ("POST", f"{UNKNOWN_ORDER}deliver/"),
    ("GET", f"{UNKNOWN_ORDER}events/"),
    ("GET", f"{UNKNOWN_ORDER}notes/"),
    ("POST", f"{UNKNOWN_ORDER}notes/"),
    ("GET", OUTBOX),
    ("POST", f"{OUTBOX}{UNKNOWN_ID}/retry/"),
]


def documented(path) -> str:
    return path.replace(str(UNKNOWN_ID), "{order_id}")


def path_of(order) -> str:
    return f"/api/orders/{order.pk}/"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_endpoint_requires_a_valid_token(shop, order, assert_problem, settings, method, path):
    path = path.replace(UNKNOWN_ORDER, path_of(order()))
    service = ServiceTokens(
        settings.ORDER_TO_USER_KEY, issuer="order", audience="order", scope="x"
    ).current()
    bad = ["x", access_token("staff", lifetime=-1), access_token("staff")[:-4] + "AAAA", service]

    for headers, code in [
        ({}, "not_authenticated"),
        *(({"authorization": f"Bearer {token}"}, "invalid_token") for token in bad),
    ]:
        response = JSONClient().send(method, path, None, **headers)
        assert "POST /api/users/token/" in assert_problem(response, 401, code)["detail"]
        assert response["WWW-Authenticate"] == "Bearer"
    assert (Attempt.objects.count(), Order.objects.get().status, shop.calls) == (0, "confirmed", [])


@pytest.mark.parametrize("verb", ["ship", "deliver"])
@pytest.mark.parametrize("owner", ["own", "other", "unknown"])
def test_only_staff_ship_and_deliver(shop, order, buyer, assert_problem, verb, owner):
    made = order(
        "confirmed" if verb == "ship" else "shipped", buyer.user_id if owner == "own" else None
    )
    path = UNKNOWN_ORDER if owner == "unknown" else path_of(made)

    assert_problem(buyer.post(f"{path}{verb}/"), 403, "permission_denied")

    assert (Event.objects.count(), OutboxMessage.objects.count(), shop.calls) == (0, 0, [])


@pytest.mark.parametrize(("method", "what"), [("GET", ""), ("POST", "cancel/"), ("GET", "events/")])
def test_another_users_order_is_indistinguishable_from_an_unknown_one(
    shop, order, buyer, assert_problem, method, what
):
    theirs = assert_problem(buyer.send(method, f"{path_of(order())}{what}"), 404, "order_not_found")
    unknown = assert_problem(buyer.send(method, f"{UNKNOWN_ORDER}{what}"), 404, "order_not_found")

    assert theirs | {"request_id": ""} == unknown | {"request_id": ""}
    assert (Order.objects.get().status, Event.objects.count(), shop.calls) == ("confirmed", 0, [])


@pytest.mark.parametrize(("method", "path"), ROUTES[2:-2])
def test_unknown_order_is_not_found_by_staff(staff, assert_problem, method, path):
    assert_problem(
        staff.send(method, path, {"text": "x"} if method == "POST" else None),
        404,
        "order_not_found",
    )


@pytest.mark.django_db(transaction=True)  # now() is constant within a transaction
def test_order_is_shipped_and_delivered(shop, buyer, staff, assert_problem):
    order = buyer.order({shop.sells("LAMP"): 1})
    path = order["Location"]

    assert_problem(staff.post(f"{path}deliver/"), 409, "invalid_transition")
    shipped = staff.post(f"{path}ship/").json()
    assert (
        assert_problem(buyer.post(f"{path}cancel/"), 409, "invalid_transition")["order_status"]
        == "shipped"
    )
    assert staff.post(f"{path}ship/").json() == shipped
    delivered = staff.post(f"{path}deliver/").json()
    assert staff.post(f"{path}deliver/").json() == delivered
    for verb in ("cancel", "ship"):
        assert (
            assert_problem(staff.post(f"{path}{verb}/"), 409, "invalid_transition")["order_status"]
            == "delivered"
        )

    assert order.json()["updated_at"] < shipped["updated_at"] < delivered["updated_at"]
    assert shipped == order.json() | {"status": "shipped", "updated_at": shipped["updated_at"]}
    assert delivered == order.json() | {
        "status": "delivered",
        "updated_at": delivered["updated_at"],
    }
    assert buyer.get(path).json() == delivered
    shop.check()


def test_cancelled_order_allows_no_transition(shop, buyer, staff, assert_problem):
    order = buyer.order({shop.sells("LAMP"): 1})
    cancelled = buyer.post(f"{order['Location']}cancel/").json()

    assert cancelled == order.json() | {
        "status": "cancelled",
        "updated_at": cancelled["updated_at"],
    }
    for verb in ("ship", "deliver"):
        assert (
            assert_problem(staff.post(f"{order['Location']}{verb}/"), 409, "invalid_transition")[
                "order_status"
            ]
            == "cancelled"
        )
    assert staff.post(f"{order['Location']}cancel/").json() == cancelled
    shop.check()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", sorted({path for _, path in ROUTES}))
def test_unsupported_method_is_405(staff, assert_problem, method, path):
    response = staff.send(method, path, {})

    assert_problem(response, 405, "method_not_allowed")
    assert response["Allow"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/",
        "/api/orders/7/",
        "/api/orders/x/cancel/",
        f"{UNKNOWN_ORDER}refund/",
        "/api/orders.json",
        "/administration/",
    ],
)
def test_unknown_path_is_404(staff, assert_problem, path):
    assert_problem(staff.get(path), 404, "not_found")
    assert_problem(staff.post(path, {}), 404, "not_found")


def test_trailing_slash_is_optional(shop, buyer, staff):
    order = buyer.post(
        "/api/orders", {"items": [{"product_id": shop.sells("LAMP"), "quantity": 1}]}
    )
    path = order["Location"].rstrip("/")

    assert order.status_code == 201
    assert buyer.get(path).json() == order.json()
    assert buyer.get("/api/orders").json()["results"] == [order.json()]
    assert buyer.get(f"{path}/events").status_code == 200
    assert [staff.post(f"{path}/{verb}").status_code for verb in ("ship", "deliver", "cancel")] == [
        200,
        200,
        409,
    ]


def test_request_id_is_returned_or_generated(buyer):
    assert buyer.get("/api/orders/", x_request_id="abc-1.2_3")["X-Request-ID"] == "abc-1.2_3"
    for bad in ("", "x" * 129, "a b", "ä", "<script>"):
        assert len(buyer.get("/api/orders/", x_request_id=bad)["X-Request-ID"]) == 32


def test_unavailable_database_is_503_before_any_call(shop, buyer, assert_problem, monkeypatch):
    def gone(*args, **kwargs):
        raise OperationalError("gone")

    monkeypatch.setattr("chassis.statements.PreparedStatement.execute", gone)
    lamp = shop.sells("LAMP")

    response = buyer.order({lamp: 1}, key="k")

    assert assert_problem(response, 503, "service_unavailable")["service"] == "database"
    assert response["Retry-After"] == "1"
    assert shop.calls == []


@pytest.mark.django_db(transaction=True)
def test_failed_save_is_aborted_and_the_key_works_again(shop, buyer, assert_problem, monkeypatch):
    def gone(*args, **kwargs):
        raise OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr("orders.services.order_attempts.complete", gone)
        response = buyer.order({(lamp := shop.sells("LAMP")): 1}, key="k")

    assert_problem(response, 503, "service_unavailable")
    assert (Attempt.objects.get().state, shop.stock.quantity) == ("aborting", {lamp: 9})
    assert buyer.order({lamp: 1}, key="k").status_code == 201
    assert shop.stock.quantity == {lamp: 9}


class TestDocuments:
    @pytest.fixture
    def document(self, anonymous):
        response = anonymous.get("/swagger.json")
        assert response.status_code == 200
        return response.json()

    def test_every_route_is_documented(self, document):
        there = {
            (method.upper(), path)
            for path, item in document["paths"].items()
            for method in item
            if method != "parameters"
        }

        assert {(method, path) for method, path in there if path.startswith("/api/")} == {
            (method, documented(path)) for method, path in ROUTES
        }

    def test_documented_example_can_be_placed(self, document, shop, buyer):
        body = document["definitions"]["OrderRequest"]["example"]
        [item] = body["items"]
        lamp = shop.sells("LAMP")
        demo = {"id": item["product_id"], "price": "59.00"}
        shop.catalogue.rows = {item["product_id"]: shop.catalogue.rows[lamp] | demo}
        shop.stock.receive(item["product_id"], 1)

        assert buyer.post("/api/orders/", body).status_code == 201


def test_order_id_may_be_in_upper_case(shop, buyer):
    order_id = buyer.order({shop.sells("LAMP"): 1}).json()["id"]
    for written in (order_id.upper(), order_id.title()):
        assert buyer.get(f"/api/orders/{written}/").json()["id"] == order_id

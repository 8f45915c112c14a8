"""The door: who may do what, and what everybody is answered alike."""

from uuid import uuid4

import pytest
from conftest import JSONClient, access_token
from django.db import OperationalError

from chassis.service_tokens import ServiceTokens
from orders.models import Attempt, Event, Order, StockTask

pytestmark = pytest.mark.django_db

NOBODY = uuid4()
NOWHERE = f"/api/orders/{NOBODY}/"
OUTBOX = "/api/orders/outbox/"
ROUTES = [
    ("GET", "/api/orders/"),
    ("POST", "/api/orders/"),
    ("GET", NOWHERE),
    ("POST", f"{NOWHERE}cancel/"),
    ("POST", f"{NOWHERE}ship/"),
    ("POST", f"{NOWHERE}deliver/"),
    ("GET", f"{NOWHERE}events/"),
    ("GET", f"{NOWHERE}notes/"),
    ("POST", f"{NOWHERE}notes/"),
    ("GET", OUTBOX),
    ("POST", f"{OUTBOX}{NOBODY}/retry/"),
]


def documented(path) -> str:
    return path.replace(str(NOBODY), "{order_id}")


def path_of(order) -> str:
    return f"/api/orders/{order.pk}/"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nobody_does_anything_without_a_good_token(shop, order, refused, settings, method, path):
    path = path.replace(NOWHERE, path_of(order()))
    service = ServiceTokens(
        settings.ORDER_TO_USER_KEY, issuer="order", audience="order", scope="x"
    ).current()
    bad = ["x", access_token("staff", lifetime=-1), access_token("staff")[:-4] + "AAAA", service]

    for headers, code in [
        ({}, "not_authenticated"),
        *(({"authorization": f"Bearer {token}"}, "invalid_token") for token in bad),
    ]:
        answer = JSONClient().send(method, path, None, **headers)
        assert "POST /api/users/token/" in refused(answer, 401, code)["detail"]
        assert answer["WWW-Authenticate"] == "Bearer"
    assert (Attempt.objects.count(), Order.objects.get().status, shop.calls) == (0, "confirmed", [])


@pytest.mark.parametrize("verb", ["ship", "deliver"])
@pytest.mark.parametrize("whose", ["mine", "somebody's", "nobody's"])
def test_only_staff_ship_and_deliver(shop, order, buyer, refused, verb, whose):
    made = order(
        "confirmed" if verb == "ship" else "shipped", buyer.user_id if whose == "mine" else None
    )
    path = NOWHERE if whose == "nobody's" else path_of(made)

    refused(buyer.post(f"{path}{verb}/"), 403, "permission_denied")

    assert (Event.objects.count(), StockTask.objects.count(), shop.calls) == (0, 0, [])


@pytest.mark.parametrize(("method", "what"), [("GET", ""), ("POST", "cancel/"), ("GET", "events/")])
def test_somebody_else_s_order_is_as_unknown_as_one_that_never_was(
    shop, order, buyer, refused, method, what
):
    theirs = refused(buyer.send(method, f"{path_of(order())}{what}"), 404, "order_not_found")
    nobodys = refused(buyer.send(method, f"{NOWHERE}{what}"), 404, "order_not_found")

    assert theirs | {"request_id": ""} == nobodys | {"request_id": ""}
    assert (Order.objects.get().status, Event.objects.count(), shop.calls) == ("confirmed", 0, [])


@pytest.mark.parametrize(("method", "path"), ROUTES[2:-2])
def test_what_never_was_is_not_found_by_staff_either(staff, refused, method, path):
    refused(
        staff.send(method, path, {"text": "x"} if method == "POST" else None),
        404,
        "order_not_found",
    )


@pytest.mark.django_db(transaction=True)  # or else it is always the same moment
def test_an_order_s_way(shop, buyer, staff, refused):
    order = buyer.order({shop.sells("LAMP"): 1})
    path = order["Location"]

    refused(staff.post(f"{path}deliver/"), 409, "invalid_transition")
    shipped = staff.post(f"{path}ship/").json()
    assert (
        refused(buyer.post(f"{path}cancel/"), 409, "invalid_transition")["order_status"]
        == "shipped"
    )
    assert staff.post(f"{path}ship/").json() == shipped
    delivered = staff.post(f"{path}deliver/").json()
    assert staff.post(f"{path}deliver/").json() == delivered
    for verb in ("cancel", "ship"):
        assert (
            refused(staff.post(f"{path}{verb}/"), 409, "invalid_transition")["order_status"]
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


def test_a_cancelled_order_goes_nowhere(shop, buyer, staff, refused):
    order = buyer.order({shop.sells("LAMP"): 1})
    cancelled = buyer.post(f"{order['Location']}cancel/").json()

    assert cancelled == order.json() | {
        "status": "cancelled",
        "updated_at": cancelled["updated_at"],
    }
    for verb in ("ship", "deliver"):
        assert (
            refused(staff.post(f"{order['Location']}{verb}/"), 409, "invalid_transition")[
                "order_status"
            ]
            == "cancelled"
        )
    assert staff.post(f"{order['Location']}cancel/").json() == cancelled
    shop.check()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", sorted({path for _, path in ROUTES}))
def test_a_method_that_is_not_there(staff, refused, method, path):
    answer = staff.send(method, path, {})

    refused(answer, 405, "method_not_allowed")
    assert answer["Allow"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/",
        "/api/orders/7/",
        "/api/orders/x/cancel/",
        f"{NOWHERE}refund/",
        "/api/orders.json",
        "/administration/",
    ],
)
def test_an_address_that_is_not_there(staff, refused, path):
    refused(staff.get(path), 404, "not_found")
    refused(staff.post(path, {}), 404, "not_found")


def test_every_path_works_without_its_slash(shop, buyer, staff):
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


def test_a_request_id_is_answered_or_made(buyer):
    assert buyer.get("/api/orders/", x_request_id="abc-1.2_3")["X-Request-ID"] == "abc-1.2_3"
    for bad in ("", "x" * 129, "a b", "ä", "<script>"):
        assert len(buyer.get("/api/orders/", x_request_id=bad)["X-Request-ID"]) == 32


def test_a_database_that_is_away_is_503_and_nobody_is_called(shop, buyer, refused, monkeypatch):
    def gone(*args, **kwargs):
        raise OperationalError("gone")

    monkeypatch.setattr("chassis.statements.PreparedStatement.run", gone)
    lamp = shop.sells("LAMP")

    answer = buyer.order({lamp: 1}, key="k")

    assert refused(answer, 503, "service_unavailable")["service"] == "database"
    assert answer["Retry-After"] == "1"
    assert shop.calls == []


@pytest.mark.django_db(transaction=True)
def test_an_order_that_the_database_did_not_save_is_given_up_and_the_key_is_good_again(
    shop, buyer, refused, monkeypatch
):
    def gone(*args, **kwargs):
        raise OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr("orders.services.attempts.complete", gone)
        answer = buyer.order({(lamp := shop.sells("LAMP")): 1}, key="k")

    refused(answer, 503, "service_unavailable")
    assert (Attempt.objects.get().state, shop.stock.quantity) == ("aborting", {lamp: 9})
    assert buyer.order({lamp: 1}, key="k").status_code == 201
    assert shop.stock.quantity == {lamp: 9}


class TestDocuments:
    @pytest.fixture
    def document(self, anyone):
        answer = anyone.get("/swagger.json")
        assert answer.status_code == 200
        return answer.json()

    def test_every_route_is_there(self, document):
        there = {
            (method.upper(), path)
            for path, item in document["paths"].items()
            for method in item
            if method != "parameters"
        }

        assert {(method, path) for method, path in there if path.startswith("/api/")} == {
            (method, documented(path)) for method, path in ROUTES
        }

    @pytest.mark.parametrize(("method", "path"), ROUTES)
    def test_every_operation_is_documented_whole(self, document, method, path):
        operation = document["paths"][documented(path)][method.lower()]

        assert operation["summary"]
        assert operation["security"] == [{"Bearer": []}]
        assert {"401", "503"} <= operation["responses"].keys()
        for status, answer in operation["responses"].items():
            kind = "application/json" if status < "400" else "application/problem+json"
            assert answer["schema"]
            assert answer["examples"][kind], status

    def test_placing_an_order_says_everything(self, document):
        operation = document["paths"]["/api/orders/"]["post"]

        assert set(operation["responses"]) == {
            "201",
            "400",
            "401",
            "409",
            "413",
            "415",
            "422",
            "429",
            "503",
        }
        assert "Idempotency-Key" in {parameter["name"] for parameter in operation["parameters"]}
        for status, codes in {
            "409": {"insufficient_stock", "price_changed", "request_in_progress"},
            "422": {"product_not_found", "idempotency_key_reused"},
            "429": {"too_many_requests"},
            "503": {"service_unavailable"},
        }.items():
            assert all(
                f"`{code}`" in operation["responses"][status]["description"] for code in codes
            )

    def test_how_many_lines_an_order_may_have_is_said(self, document):
        items = document["definitions"]["OrderRequest"]["properties"]["items"]

        assert (items["minItems"], items["maxItems"]) == (1, 100)

    def test_the_example_can_be_placed(self, document, shop, buyer):
        body = document["definitions"]["OrderRequest"]["example"]
        [item] = body["items"]
        lamp = shop.sells("LAMP")
        demo = {"id": item["product_id"], "price": "59.00"}
        shop.catalogue.rows = {item["product_id"]: shop.catalogue.rows[lamp] | demo}
        shop.stock.receive(item["product_id"], 1)

        assert buyer.post("/api/orders/", body).status_code == 201

    @pytest.mark.parametrize("path", ["/swagger/", "/redoc/"])
    def test_the_pages_are_there_without_a_login(self, anyone, path):
        answer = anyone.get(path)

        assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, "text/html")


def test_an_order_is_found_by_its_id_in_upper_case_too(shop, buyer):
    order_id = buyer.order({shop.sells("LAMP"): 1}).json()["id"]
    for written in (order_id.upper(), order_id.title()):
        assert buyer.get(f"/api/orders/{written}/").json()["id"] == order_id

"""Create a product, add inventory, place an order; unknown products and shortages.

To test a running system, such as the containers, set USER_SERVICE_URL, PRODUCT_SERVICE_URL,
INVENTORY_SERVICE_URL and ORDER_SERVICE_URL, and ADMIN_EMAIL and ADMIN_PASSWORD of its staff login.
"""

import os
from collections.abc import Iterator
from functools import partial
from uuid import UUID, uuid4

import pytest
import requests

from integration_tests.concurrency import wait_until
from integration_tests.shop import ADMIN, SERVICES, Shop, Stock, User, expect, problem

VARIABLES = {name: f"{name.upper()}_SERVICE_URL" for name in SERVICES}
RUNNING = {
    name: os.environ[variable].rstrip("/")
    for name, variable in VARIABLES.items()
    if os.environ.get(variable)
}
START_TIMEOUT = 120.0


@pytest.fixture(scope="module")
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    if not RUNNING:
        yield request.getfixturevalue("own_shop")
        return
    assert set(RUNNING) == set(SERVICES), (
        f"either all of {', '.join(VARIABLES.values())} are set, or none"
    )
    with Shop(RUNNING) as opened:
        for url in RUNNING.values():
            wait_until(partial(_is_ready, opened, url), START_TIMEOUT, every=0.5)
        yield opened


def _is_ready(shop: Shop, url: str) -> bool:
    try:
        return shop.get(f"{url}/health/ready").status_code == 200
    except requests.RequestException:
        return False


@pytest.fixture(scope="module")
def staff(shop: Shop) -> User:
    login = (
        {"email": os.environ.get("ADMIN_EMAIL"), "password": os.environ.get("ADMIN_PASSWORD")}
        if RUNNING
        else {}
    )
    return shop.sign_in(**(ADMIN | {name: value for name, value in login.items() if value}))


@pytest.fixture(scope="module")
def buyer(shop: Shop) -> User:
    return shop.register()


def test_an_order_is_placed_and_takes_its_stock(shop: Shop, staff: User, buyer: User) -> None:
    product = shop.create_product(staff, name="Reading lamp", price="19.99")
    received = expect(201, shop.receive(staff, product["id"], 10))

    placed = shop.order(buyer, {product["id"]: 2}, fields={"expected_total": "39.98"})

    order = expect(201, placed)
    assert placed.headers["Location"] == f"/api/orders/{order['id']}/"
    assert (order["status"], order["total"], order["currency"]) == (
        "confirmed",
        "39.98",
        product["currency"],
    )
    line = {
        "product_id": product["id"],
        "sku": product["sku"],
        "name": "Reading lamp",
        "unit_price": "19.99",
    }
    assert order["items"] == [line | {"quantity": 2, "line_total": "39.98"}]
    assert UUID(order["id"]).version == UUID(product["id"]).version == 7
    assert (received["quantity"], received["reserved"]) == (10, 0)
    assert shop.stock(product["id"]) == Stock(quantity=8, reserved=2)


def test_an_order_and_its_product_can_be_read(shop: Shop, staff: User, buyer: User) -> None:
    order = expect(201, shop.order(buyer, {shop.stocked(staff, 5): 1}))

    assert expect(200, shop.get(f"/api/orders/{order['id']}/", buyer)) == order
    assert next(shop.rows("/api/orders/", buyer)) == order
    [line] = order["items"]
    product = expect(200, shop.get(f"/api/products/{line['product_id']}/"))
    assert (product["sku"], product["name"], product["price"]) == (
        line["sku"],
        line["name"],
        line["unit_price"],
    )
    [event] = shop.rows(f"/api/orders/{order['id']}/events/", buyer)
    assert (event["type"], event["actor"]) == ("placed", buyer.id)


def test_an_order_of_an_unknown_product_is_rejected(shop: Shop, staff: User, buyer: User) -> None:
    known, unknown = shop.stocked(staff, 10), str(uuid4())

    rejected = shop.order(buyer, {known: 1, unknown: 1})

    assert problem(rejected) == (422, "product_not_found")
    assert rejected.json()["items"] == [{"product_id": unknown}]
    assert shop.stock(known) == Stock(quantity=10, reserved=0)


def test_stock_of_an_unknown_product_is_not_received(shop: Shop, staff: User) -> None:
    unknown = str(uuid4())

    rejected = shop.receive(staff, unknown, 10)

    assert problem(rejected) == (422, "product_not_found")
    assert rejected.json()["items"] == [{"product_id": unknown}]
    assert problem(shop.get(f"/api/inventory/{unknown}/")) == (404, "stock_not_found")


def test_sku_and_low_stock_filters_of_an_archived_product(shop: Shop, staff: User) -> None:
    product = shop.create_product(staff)
    path = f"/api/inventory/{product['id']}/"
    expect(201, shop.receive(staff, product["id"], 3))
    expect(200, shop.call("PATCH", path, staff, json={"low_stock_threshold": 5}))

    def listed(query: str, person: User | None = None) -> list[str]:
        return [row["product_id"] for row in shop.rows(f"/api/inventory/?{query}", person)]

    by_sku, low = f"sku={product['sku']}", f"low_stock=true&product_ids={product['id']}"
    assert listed(by_sku) == listed(low) == [product["id"]]

    assert shop.call("DELETE", f"/api/products/{product['id']}/", staff).status_code == 204
    assert listed(by_sku) == listed(low) == []
    assert listed(by_sku, staff) == [product["id"]]
    assert expect(200, shop.receive(staff, product["id"], 1))["quantity"] == 4


def test_an_order_of_an_archived_product_is_rejected(shop: Shop, staff: User, buyer: User) -> None:
    product_id = shop.stocked(staff, 10)
    assert shop.call("DELETE", f"/api/products/{product_id}/", staff).status_code == 204

    rejected = shop.order(buyer, {product_id: 1})

    assert problem(rejected) == (422, "product_not_found")
    assert shop.stock(product_id) == Stock(quantity=10, reserved=0)


def test_a_shortage_is_rejected_and_reserves_nothing(shop: Shop, staff: User, buyer: User) -> None:
    plenty, short = shop.stocked(staff, 100), shop.stocked(staff, 10)

    rejected = shop.order(buyer, {plenty: 1, short: 11})

    assert problem(rejected) == (409, "insufficient_stock")
    assert rejected.json()["items"] == [{"product_id": short, "requested": 11, "available": 10}]
    assert (shop.stock(plenty), shop.stock(short)) == (Stock(100, 0), Stock(10, 0))


def test_a_product_never_received_is_a_shortage(shop: Shop, staff: User, buyer: User) -> None:
    product_id = shop.create_product(staff)["id"]

    rejected = shop.order(buyer, {product_id: 1})

    assert problem(rejected) == (409, "insufficient_stock")
    assert rejected.json()["items"] == [{"product_id": product_id, "requested": 1, "available": 0}]


def test_a_changed_price_is_rejected_and_reserves_nothing(
    shop: Shop, staff: User, buyer: User
) -> None:
    product_id = shop.stocked(staff, 10, price="20.00")

    rejected = shop.order(buyer, {product_id: 2}, fields={"expected_total": "39.98"})

    assert problem(rejected) == (409, "price_changed")
    assert rejected.json()["total"] == "40.00"
    assert shop.stock(product_id) == Stock(10, 0)


def test_cancelling_an_order_releases_its_stock(shop: Shop, staff: User, buyer: User) -> None:
    product_id = shop.stocked(staff, 10)
    order = expect(201, shop.order(buyer, {product_id: 3}))

    cancelled = [expect(200, shop.move(buyer, order["id"], "cancel")) for _ in range(2)]

    assert [each["status"] for each in cancelled] == ["cancelled", "cancelled"]
    assert wait_until(lambda: shop.stock(product_id) == Stock(10, 0))
    assert problem(shop.move(staff, order["id"], "ship")) == (409, "invalid_transition")


def test_shipping_an_order_removes_its_reserved_units(shop: Shop, staff: User, buyer: User) -> None:
    product_id = shop.stocked(staff, 10)
    order = expect(201, shop.order(buyer, {product_id: 3}))
    assert problem(shop.move(buyer, order["id"], "ship")) == (403, "permission_denied")

    steps = [
        expect(200, shop.move(staff, order["id"], verb))["status"] for verb in ("ship", "deliver")
    ]

    assert steps == ["shipped", "delivered"]
    assert wait_until(lambda: shop.stock(product_id) == Stock(7, 0))
    assert problem(shop.move(buyer, order["id"], "cancel")) == (409, "invalid_transition")


def test_the_order_of_another_user_is_not_found(shop: Shop, staff: User, buyer: User) -> None:
    order = expect(201, shop.order(buyer, {shop.stocked(staff, 1): 1}))
    other_user = shop.register()

    assert problem(shop.get(f"/api/orders/{order['id']}/", other_user)) == (404, "order_not_found")
    assert problem(shop.move(other_user, order["id"], "cancel")) == (404, "order_not_found")
    assert list(shop.rows("/api/orders/", other_user)) == []


def test_only_the_order_service_changes_reservations(shop: Shop, staff: User, buyer: User) -> None:
    product_id = shop.stocked(staff, 10)
    order = expect(201, shop.order(buyer, {product_id: 1}))
    items = {"items": [{"product_id": product_id, "quantity": 1}]}

    for person, status in ((staff, 403), (buyer, 403), (None, 401)):
        for method, path in (
            ("PUT", f"{uuid4()}/"),
            ("DELETE", f"{order['id']}/"),
            ("POST", f"{order['id']}/fulfil/"),
        ):
            rejected = shop.call(method, f"/api/inventory/reservations/{path}", person, json=items)
            assert rejected.status_code == status, f"{method} {path}: {rejected.status_code}"

    assert shop.stock(product_id) == Stock(9, 1)

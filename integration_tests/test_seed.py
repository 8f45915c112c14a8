"""`make seed` (`python -m local_stack.seed`) on a separate system."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audit.client import AuditClient
from audit.invariants import check_invariants
from integration_tests.shop import ADMIN, SERVICES, Shop, expect
from local_stack import Stack, health, ports
from local_stack.topology import REPOSITORY


def data(path: str) -> list[dict[str, Any]]:
    return list(json.loads((REPOSITORY / path).read_text()))


PRODUCTS = data("product_service/products/demo/products.json")
ACCOUNTS = data("user_service/users/demo/accounts.json")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("demo-shop"), durable=False) as running:
        yield running
    running.discard()


@pytest.fixture(scope="module")
def first_run(empty: Stack) -> str:
    assert health.is_empty(empty.ports["product"])
    return seed(empty.ports, empty.data.path)


@pytest.fixture(scope="module")
def demo_shop(empty: Stack, first_run: str) -> Iterator[Shop]:
    with Shop({name: empty.url(name) for name in SERVICES}) as opened:
        yield opened


def seed(numbers: dict[str, int], folder: Path) -> str:
    done = run(numbers, folder)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def run(numbers: dict[str, int], folder: Path) -> "subprocess.CompletedProcess[str]":
    given = {ports.variable(name): str(number) for name, number in numbers.items()} | {
        "SHOP_DATA": str(folder)
    }
    command = [sys.executable, "-m", "local_stack.seed"]
    return subprocess.run(
        command,
        cwd=REPOSITORY,
        env=os.environ | given,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_seed_prints_the_counts_and_the_logins(first_run: str, empty: Stack) -> None:
    lines = first_run.splitlines()
    assert {"200 products, 200 of them new.", "300 orders, 300 of them new."} <= set(lines)
    for account in ACCOUNTS[:3]:
        assert any(account["email"] in line and account["password"] in line for line in lines)
    assert lines[-1] == f"The shop is open at http://localhost:{empty.ports['gateway']}/"


def test_the_document_has_the_same_logins() -> None:
    document = (REPOSITORY / "docs/demo-data.md").read_text()
    for account in ACCOUNTS[:3]:
        assert f"| `{account['email']}` | `{account['password']}` |" in document


def test_seed_is_idempotent_and_passes_the_audit(demo_shop: Shop, empty: Stack) -> None:
    assert not health.is_empty(empty.ports["product"])
    again = seed(empty.ports, empty.data.path).splitlines()

    assert {"200 products, 0 of them new.", "300 orders, 0 of them new."} <= set(again)
    with AuditClient({name: empty.url(name) for name in SERVICES}, *ADMIN.values()) as client:
        report = check_invariants(client, settle=60)
    assert report.violations == []


def test_demo_data_is_varied(demo_shop: Shop) -> None:
    staff = demo_shop.sign_in("mira@example.com", "keys-to-the-storeroom")
    products = list(demo_shop.rows("/api/products/?page_size=100"))
    stock = list(demo_shop.rows("/api/inventory/?low_stock=true&page_size=100"))
    orders = list(demo_shop.rows("/api/orders/?page_size=100", staff))

    assert {each["sku"] for each in products} == {each["sku"] for each in PRODUCTS}
    assert 5 <= sum(row["quantity"] == 0 for row in stock) < 10 < len(stock) < 40
    assert Counter(order["status"] for order in orders).keys() == {
        "confirmed",
        "shipped",
        "delivered",
        "cancelled",
    }
    assert len({order["created_at"][:10] for order in orders}) > 40


def test_a_demo_customer_has_orders_and_an_address(demo_shop: Shop) -> None:
    anna = demo_shop.sign_in("anna@example.com", "tea-at-half-past-four")

    orders = list(demo_shop.rows("/api/orders/", anna))
    [address] = demo_shop.rows("/api/users/me/addresses/", anna)
    assert len(orders) > 20
    assert {name: address[name] for name in orders[0]["shipping_address"]} == orders[0][
        "shipping_address"
    ]
    assert demo_shop.get(f"/api/orders/{orders[0]['id']}/events/", anna).status_code == 200


@pytest.mark.parametrize(
    ("service", "operation_id", "status"),
    [
        ("user", "issue_tokens", 200),
        ("user", "add_address", 201),
        ("product", "read_product", 200),
        ("inventory", "read_stock", 200),
        ("inventory", "receive_stock", 200),
        ("inventory", "adjust_stock", 201),
        ("inventory", "set_low_stock_threshold", 200),
        ("inventory", "import_receipts", 200),
        ("order", "place_order", 201),
    ],
)
def test_the_examples_of_swagger_ui_succeed(
    demo_shop: Shop, service: str, operation_id: str, status: int
) -> None:
    document = expect(200, demo_shop.get(f"{demo_shop.urls[service]}/swagger.json"))
    method, path, body = _filled_in(document, operation_id)

    response = demo_shop.call(
        method, f"{demo_shop.urls[service]}{path}", demo_shop.sign_in(**ADMIN), json=body
    )

    assert response.status_code == status, response.text


def _filled_in(document: dict[str, Any], operation_id: str) -> tuple[str, str, Any]:
    """The method, path and body of an operation as Swagger UI's "Try it out" has them."""
    [(path, method, operation)] = [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters" and operation["operationId"] == operation_id
    ]
    for parameter in document["paths"][path]["parameters"]:
        path = path.replace(f"{{{parameter['name']}}}", parameter["x-example"])
    for parameter in operation["parameters"]:
        if parameter["in"] == "body":
            return method, path, _example(document, parameter["schema"])
    return method, path, None


def _example(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    if schema.get("type") == "array":
        return [_example(document, schema["items"])]
    return document["definitions"][schema["$ref"].rpartition("/")[2]]["example"]


def test_the_gateway_serves_each_picture(demo_shop: Shop, empty: Stack) -> None:
    for product in demo_shop.rows("/api/products/?page_size=100"):
        assert product["image_url"].startswith(
            f"http://localhost:{empty.ports['gateway']}/pictures/"
        )
        picture = demo_shop.get(product["image_url"])
        assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/svg+xml")
        assert picture.headers["X-Content-Type-Options"] == "nosniff"
        assert f"<title>{product['name']}</title>" in picture.content.decode()

    missing = demo_shop.get(f"{empty.url('gateway')}/pictures/NO-1.svg")
    assert expect(404, missing)["code"] == "not_found"


def test_services_share_the_demo_products_and_accounts() -> None:
    skus = {each["sku"] for each in PRODUCTS}
    assert {each["sku"] for each in data("inventory_service/inventory/demo/stock.json")} == skus
    assert {each["sku"] for each in data("order_service/orders/demo/products.json")} == skus
    customers = [
        {"email": each["email"], "address": each["address"]}
        for each in ACCOUNTS
        if each["role"] == "customer"
    ]
    assert data("order_service/orders/demo/buyers.json") == customers


def test_seed_without_a_system_is_one_line(tmp_path: Path, empty: Stack) -> None:
    nowhere = run(empty.ports, tmp_path / "nowhere")
    not_up = run(ports.free(), empty.data.path)

    assert (nowhere.returncode, nowhere.stderr.count("\n")) == (1, 1)
    assert "There is no system in" in nowhere.stderr
    assert (not_up.returncode, not_up.stderr.count("\n")) == (1, 1)
    assert "is the system up (make up)?" in not_up.stderr

"""`make test-compose`: the system in containers, at its published ports.

Not collected with the other tests: it needs a running `docker-compose up`. It does not delete its
products and orders.
"""

import os
from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

import pytest
import requests

from integration_tests.concurrency import wait_until
from integration_tests.raw_http import exchange
from integration_tests.shop import SERVICES, Shop, User, expect, problem
from integration_tests.test_sample_flow import (  # noqa: F401  (the same tests, in containers)
    test_a_shortage_is_rejected_and_reserves_nothing,
    test_an_order_is_placed_and_takes_its_stock,
    test_an_order_of_an_unknown_product_is_rejected,
    test_cancelling_an_order_releases_its_stock,
)

PORTS = {"user": 8000, "product": 8001, "inventory": 8002, "order": 8003, "gateway": 8080}
URLS = {
    name: f"http://localhost:{os.environ.get(f'{name.upper()}_PORT') or port}"
    for name, port in PORTS.items()
}
GATEWAY = URLS["gateway"]
READY_SECONDS = 120.0


@pytest.fixture(scope="session", autouse=True)
def ready() -> None:
    for url in [f"{URLS[name]}/health/ready" for name in SERVICES] + [GATEWAY]:
        wait_until(partial(_answers, url), READY_SECONDS, every=0.5)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=3).ok
    except requests.RequestException:
        return False


@pytest.fixture(scope="session", params=["ports", "gateway"])
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """At the services' ports, and through the gateway."""
    with Shop(
        {name: GATEWAY if request.param == "gateway" else URLS[name] for name in SERVICES}
    ) as opened:
        yield opened


def test_an_etag_of_one_entry_point_is_valid_at_the_other(shop: Shop, staff: User) -> None:
    product = shop.create_product(staff, description="long enough to be compressed " * 100)
    path = f"/api/products/{product['id']}/"
    etag = shop.get(path).headers["ETag"]

    expect(
        200, shop.call("PATCH", path, staff, json={"price": "20.00"}, headers={"If-Match": etag})
    )
    assert problem(
        shop.call("PATCH", path, staff, json={"price": "21.00"}, headers={"If-Match": etag})
    ) == (
        412,
        "precondition_failed",
    )


@pytest.mark.parametrize("name", SERVICES)
def test_the_gateway_serves_the_swagger_ui_of_each_service(name: str) -> None:
    assert f'href="/docs/{name}/"' in requests.get(f"{GATEWAY}/docs/", timeout=3).text
    for address in (f"{GATEWAY}/docs/{name}/", f"{URLS[name]}/swagger/"):
        assert requests.get(address, timeout=5).headers["Content-Type"].startswith("text/html")
    for address in (f"{GATEWAY}/docs/{name}/swagger.json", f"{URLS[name]}/swagger.json"):
        assert requests.get(address, timeout=10).json()["swagger"] == "2.0"


def test_the_gateway_serves_the_storefront() -> None:
    page = requests.get(GATEWAY, timeout=3)

    assert page.headers["Content-Type"].startswith("text/html")
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
    assert (
        requests.get(f"{GATEWAY}/js/app.js", timeout=3).headers["Content-Type"].partition(";")[0]
        == "text/javascript"
    )


def test_the_gateway_does_not_route_reservations() -> None:
    assert problem(requests.get(f"{GATEWAY}/api/inventory/reservations/", timeout=3)) == (
        404,
        "not_found",
    )


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_port_routes_operational_endpoints(name: str) -> None:
    for path, kind in (
        ("/metrics", "text/plain"),
        ("/health/live", "application/json"),
        ("/admin/login/", "text/html"),
    ):
        response = requests.get(URLS[name] + path, timeout=5)
        assert (response.status_code, response.headers["Content-Type"].partition(";")[0]) == (
            200,
            kind,
        )


@pytest.mark.parametrize("name", [*SERVICES, "gateway"])
def test_every_port_rejects_a_large_content_length_before_the_body(name: str) -> None:
    head = b"POST /api/users/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n"

    rejected = exchange(urlsplit(URLS[name]).port or 80, [head])

    assert rejected.problem() == (413, "payload_too_large")
    assert rejected.seconds < 5

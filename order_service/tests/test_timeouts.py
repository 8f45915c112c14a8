"""A request takes at most 6 s: gunicorn with hanging upstream services."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import fake_servers
import jwt
import pytest
import urllib3
from api_client import KEY, KEY_ID, access_token
from database_proxy import DatabaseProxy
from fake_servers import Call
from shop import Shop, run_worker_until_idle

from chassis.tests.concurrency import run_concurrently
from chassis.tests.servers import wait_until
from orders.models import Attempt, Order

pytestmark = pytest.mark.django_db(transaction=True)

SERVICE = Path(__file__).parent.parent
LIMIT_SECONDS = 6.0


def publishes_keys(call: Call) -> tuple[int, Any]:
    """The user service."""
    key = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
    return 200, {"keys": [key | {"kid": KEY_ID, "use": "sig", "alg": "RS256"}]}


@dataclass
class Service:
    url: str
    shop: Shop
    database_proxy: DatabaseProxy

    def reads(self) -> None:
        with urllib3.PoolManager(retries=False, timeout=20) as pool:
            headers = {"Authorization": f"Bearer {access_token('customer', uuid4())}"}
            assert (
                pool.request("GET", f"{self.url}/api/orders/{uuid4()}/", headers=headers).status
                == 404
            )

    def orders(
        self, items: dict[str, int], key: str | None = None, **more: Any
    ) -> tuple[float, Any, dict[str, Any]]:
        """Place an order as a new user. Returns the duration and the response."""
        body = {
            "items": [
                {"product_id": product_id, "quantity": units} for product_id, units in items.items()
            ],
            **more,
        }
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {access_token('customer', uuid4())}",
        }
        headers |= {"Idempotency-Key": key} if key else {}
        began = time.monotonic()
        with urllib3.PoolManager(retries=False, timeout=20) as pool:
            response = pool.request(
                "POST", f"{self.url}/api/orders/", body=json.dumps(body), headers=headers
            )
        return time.monotonic() - began, response, response.json()


@pytest.fixture
def service(shop, tmp_path) -> Iterator[Service]:
    users, database_proxy, log = shop.user, DatabaseProxy(), tmp_path / "gunicorn.log"
    users.service = publishes_keys
    urls = {
        "USER_SERVICE_URL": users.url,
        "PRODUCT_SERVICE_URL": shop.product.url,
        "INVENTORY_SERVICE_URL": shop.inventory.url,
    }
    options = ["-c", "config/gunicorn.py", "--bind", "127.0.0.1:0", "--log-level", "info"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *options, "config.wsgi"],
            cwd=SERVICE,
            env=os.environ
            | urls
            | {
                "PYTHONPATH": str(SERVICE.parent),
                "DATABASE_URL": database_proxy.url,
                "WEB_CONCURRENCY": "2",
            },
            stdout=output,
            stderr=output,
        )
    try:
        port = wait_until(20, lambda: _port(log, process))
        made = Service(f"http://127.0.0.1:{port}", shop, database_proxy)
        wait_until(10, lambda: len(users.calls) >= 2)  # both processes have the keys
        yield made
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        database_proxy.close()


def _port(log: Path, process: Any) -> str:
    assert process.poll() is None, log.read_text()
    return log.read_text().partition("Listening at: http://127.0.0.1:")[2].partition(" ")[0]


def is_503(response: Any, body: dict[str, Any], service: str) -> bool:
    assert (response.status, body["code"], response.headers["Retry-After"]) == (
        503,
        "service_unavailable",
        "1",
    ), body
    assert body["request_id"] == response.headers["X-Request-ID"]
    return body["service"] == service


def drips(exchange: fake_servers.Exchange) -> None:
    """A response that never completes: a byte every 0.2 s."""
    exchange.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Long: ")
    while not exchange.server.closed.wait(0.2):
        exchange.write(b"x")


def slow_by(seconds: float) -> fake_servers.Step:
    def step(exchange: fake_servers.Exchange) -> None:
        exchange.server.closed.wait(seconds)
        fake_servers.succeeds(exchange)

    return step


HANGING = {
    "PRODUCT-HANGS": (fake_servers.hangs, fake_servers.succeeds, "product"),
    "PRODUCT-DRIPS": (drips, fake_servers.succeeds, "product"),
    "INVENTORY-HANGS": (fake_servers.succeeds, fake_servers.handled_then_hangs, "inventory"),
    "INVENTORY-DRIPS": (fake_servers.succeeds, drips, "inventory"),
    "BOTH": (slow_by(1.8), fake_servers.hangs, "inventory"),
}


def test_hanging_service_is_503_in_time_and_is_compensated(service):
    shop = service.shop
    products = {sku: shop.sells(sku) for sku in HANGING}
    shop.product.always(lambda exchange: HANGING[sku_of(exchange, products)][0](exchange))
    shop.inventory.always(lambda exchange: HANGING[sku_of(exchange, products)][1](exchange))

    outcomes = run_concurrently(
        *[lambda id=id: service.orders({id: 1}) for id in products.values()]
    )

    for (duration, response, body), (_, _, named) in zip(outcomes, HANGING.values(), strict=True):
        assert is_503(response, body, named)
        assert duration < LIMIT_SECONDS, (named, duration)
    shop.product.always(fake_servers.succeeds)
    shop.inventory.always(fake_servers.succeeds)
    run_worker_until_idle()
    shop.check()
    assert (Order.objects.count(), Attempt.objects.count()) == (0, len(HANGING))


def hangs_except_for_keys(exchange: fake_servers.Exchange) -> None:
    (fake_servers.succeeds if "jwks" in exchange.call.path else fake_servers.hangs)(exchange)


def test_hanging_address_book_is_503_in_time(service):
    shop = service.shop
    lamp = shop.sells("LAMP")
    shop.user.always(hangs_except_for_keys)
    shop.product.always(fake_servers.hangs)
    shop.inventory.always(fake_servers.hangs)

    outcomes = run_concurrently(*[lambda: service.orders({lamp: 1}, address_id=str(uuid4()))] * 4)

    for duration, response, body in outcomes:
        assert is_503(response, body, "user")
        assert duration < LIMIT_SECONDS
    shop.inventory.always(fake_servers.succeeds)
    run_worker_until_idle()
    shop.check()


def sku_of(exchange: fake_servers.Exchange, products: dict[str, str]) -> str:
    """The product of the call; a release does not name it, and hangs."""
    about = f"{exchange.call.path} {exchange.call.body}"
    return next(
        (sku for sku, product_id in products.items() if product_id in about), "INVENTORY-HANGS"
    )


def test_48_concurrent_orders_with_a_hanging_inventory_are_503_in_time(
    service,
):
    shop = service.shop
    lamp = shop.sells("LAMP", quantity=1000)
    shop.inventory.always(fake_servers.handled_then_hangs)

    outcomes = run_concurrently(
        *[lambda number=number: service.orders({lamp: 1}, str(number)) for number in range(48)]
    )

    named = [
        name
        for name in ("inventory", "order")
        for _, response, body in outcomes
        if is_503(response, body, name)
    ]
    assert len(named) == 48  # "order": those that waited too long for a thread
    assert max(duration for duration, _, _ in outcomes) < LIMIT_SECONDS
    shop.inventory.always(fake_servers.succeeds)
    wait_until(5, lambda: service.orders({lamp: 1})[1].status == 201)
    run_worker_until_idle()
    shop.check()


@pytest.mark.parametrize("delay", [1.3, 1.9])
def test_slow_database_is_503_in_time(service, delay):
    shop = service.shop
    lamp = shop.sells("LAMP", quantity=1000)
    run_concurrently(*[service.reads] * 40)
    service.database_proxy.delay = delay

    outcomes = run_concurrently(*[lambda: service.orders({lamp: 1})] * 8)

    assert [
        response.status for _, response, _ in outcomes if response.status not in {201, 503}
    ] == []
    assert max(duration for duration, _, _ in outcomes) < LIMIT_SECONDS
    service.database_proxy.delay = 0
    run_worker_until_idle()
    shop.check()


def test_database_outage_is_503_and_then_201(service):
    shop = service.shop
    lamp = shop.sells("LAMP", quantity=1000)
    assert service.orders({lamp: 1})[1].status == 201

    service.database_proxy.disconnect()
    for _ in range(4):
        duration, response, body = service.orders({lamp: 1})
        assert is_503(response, body, "database")
        assert duration < LIMIT_SECONDS
    service.database_proxy.reconnect()

    for _ in range(4):
        assert service.orders({lamp: 1})[1].status == 201
    shop.check()

"""An order is answered within 6 s whatever happens: the service as it runs, in a gunicorn, with neighbours that hang."""

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

import jwt
import neighbours
import pytest
import urllib3
from conftest import KEY, KEY_ID, Shop, access_token, at_once, within, worker_catches_up
from neighbours import Call
from wire import Wire

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
    wire: Wire

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
        """Places an order as somebody new: the time it took, and the answer."""
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
            answer = pool.request(
                "POST", f"{self.url}/api/orders/", body=json.dumps(body), headers=headers
            )
        return time.monotonic() - began, answer, answer.json()


@pytest.fixture
def service(shop, tmp_path) -> Iterator[Service]:
    users, wire, log = shop.user, Wire(), tmp_path / "gunicorn.log"
    users.does = publishes_keys
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
            | {"PYTHONPATH": str(SERVICE.parent), "DATABASE_URL": wire.url, "WEB_CONCURRENCY": "2"},
            stdout=output,
            stderr=output,
        )
    try:
        port = within(20, lambda: _port(log, process))
        made = Service(f"http://127.0.0.1:{port}", shop, wire)
        within(10, lambda: len(users.calls) >= 2)  # both processes have the keys
        yield made
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        wire.close()


def _port(log: Path, process: Any) -> str:
    assert process.poll() is None, log.read_text()
    return log.read_text().partition("Listening at: http://127.0.0.1:")[2].partition(" ")[0]


def is_503(answer: Any, body: dict[str, Any], service: str) -> bool:
    assert (answer.status, body["code"], answer.headers["Retry-After"]) == (
        503,
        "service_unavailable",
        "1",
    ), body
    assert body["request_id"] == answer.headers["X-Request-ID"]
    return body["service"] == service


def drips(exchange: neighbours.Exchange) -> None:
    """An answer that is never whole, though a byte comes every now and then."""
    exchange.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Long: ")
    while not exchange.neighbour.over.wait(0.2):
        exchange.write(b"x")


def slow_by(seconds: float) -> neighbours.Step:
    def step(exchange: neighbours.Exchange) -> None:
        exchange.neighbour.over.wait(seconds)
        neighbours.as_usual(exchange)

    return step


HANGING = {
    "PRODUCT-HANGS": (neighbours.hangs, neighbours.as_usual, "product"),
    "PRODUCT-DRIPS": (drips, neighbours.as_usual, "product"),
    "INVENTORY-HANGS": (neighbours.as_usual, neighbours.carried_out_then_hangs, "inventory"),
    "INVENTORY-DRIPS": (neighbours.as_usual, drips, "inventory"),
    "BOTH": (slow_by(1.8), neighbours.hangs, "inventory"),
}


def test_whatever_hangs_the_answer_is_there_in_time_and_the_stock_comes_back(service):
    shop = service.shop
    products = {sku: shop.sells(sku) for sku in HANGING}
    shop.product.always(lambda exchange: HANGING[sku_of(exchange, products)][0](exchange))
    shop.inventory.always(lambda exchange: HANGING[sku_of(exchange, products)][1](exchange))

    outcomes = at_once(*[lambda id=id: service.orders({id: 1}) for id in products.values()])

    for (took, answer, body), (_, _, named) in zip(outcomes, HANGING.values(), strict=True):
        assert is_503(answer, body, named)
        assert took < LIMIT_SECONDS, (named, took)
    shop.product.always(neighbours.as_usual)
    shop.inventory.always(neighbours.as_usual)
    worker_catches_up()
    shop.check()
    assert (Order.objects.count(), Attempt.objects.count()) == (0, len(HANGING))


def hanging_but_for_keys(exchange: neighbours.Exchange) -> None:
    (neighbours.as_usual if "jwks" in exchange.call.path else neighbours.hangs)(exchange)


def test_an_address_book_that_hangs_takes_its_part_of_the_time_and_no_more(service):
    shop = service.shop
    lamp = shop.sells("LAMP")
    shop.user.always(hanging_but_for_keys)
    shop.product.always(neighbours.hangs)
    shop.inventory.always(neighbours.hangs)

    outcomes = at_once(*[lambda: service.orders({lamp: 1}, address_id=str(uuid4()))] * 4)

    for took, answer, body in outcomes:
        assert is_503(answer, body, "user")
        assert took < LIMIT_SECONDS
    shop.inventory.always(neighbours.as_usual)
    worker_catches_up()
    shop.check()


def sku_of(exchange: neighbours.Exchange, products: dict[str, str]) -> str:
    """Which of them it is about; a release does not say, and always hangs."""
    about = f"{exchange.call.path} {exchange.call.body}"
    return next(
        (sku for sku, product_id in products.items() if product_id in about), "INVENTORY-HANGS"
    )


def test_48_at_once_with_a_hanging_inventory_are_all_answered_in_time_and_the_service_recovers(
    service,
):
    shop = service.shop
    lamp = shop.sells("LAMP", quantity=1000)
    shop.inventory.always(neighbours.carried_out_then_hangs)

    outcomes = at_once(
        *[lambda number=number: service.orders({lamp: 1}, str(number)) for number in range(48)]
    )

    named = [
        name
        for name in ("inventory", "order")
        for _, answer, body in outcomes
        if is_503(answer, body, name)
    ]
    assert (
        len(named) == 48
    )  # those that found no thread in time are refused by the order service itself
    assert max(took for took, _, _ in outcomes) < LIMIT_SECONDS
    shop.inventory.always(neighbours.as_usual)
    within(5, lambda: service.orders({lamp: 1})[1].status == 201)
    worker_catches_up()
    shop.check()


@pytest.mark.parametrize("delay", [1.3, 1.9])
def test_a_slow_database_is_waited_for_within_the_limit_even_by_threads_that_have_placed_no_order_yet(
    service, delay
):
    shop = service.shop
    lamp = shop.sells("LAMP", quantity=1000)
    at_once(*[service.reads] * 40)
    service.wire.delay = delay

    outcomes = at_once(*[lambda: service.orders({lamp: 1})] * 8)

    assert [answer.status for _, answer, _ in outcomes if answer.status not in {201, 503}] == []
    assert max(took for took, _, _ in outcomes) < LIMIT_SECONDS
    service.wire.delay = 0
    worker_catches_up()
    shop.check()


def test_a_database_that_goes_and_comes_back_is_503_and_then_201(service):
    shop = service.shop
    lamp = shop.sells("LAMP", quantity=1000)
    assert service.orders({lamp: 1})[1].status == 201

    service.wire.cut()
    for _ in range(4):
        took, answer, body = service.orders({lamp: 1})
        assert is_503(answer, body, "database")
        assert took < LIMIT_SECONDS
    service.wire.mend()

    for _ in range(4):
        assert service.orders({lamp: 1})[1].status == 201
    shop.check()

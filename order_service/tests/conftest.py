"""Fixtures that make facts, a client that speaks JSON, and neighbours that do as they are told."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from neighbours import Neighbour
from stand_ins import Catalogue, People, Stock

from chassis import tokens
from chassis.circuit_breaker import CircuitBreaker
from orders import clients
from orders.models import Attempt, Order, OrderLine, StockTask
from orders.services import recovery
from orders.services.attempts import EPOCH, Claim

KEY_ID = "test-key"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PAST = datetime(2020, 1, 1, tzinfo=UTC)


class TestKeys:
    """What the user service would publish."""

    def get_key(self, key_id: str) -> Any:
        return KEY.public_key() if key_id == KEY_ID else None


@pytest.fixture(scope="session", autouse=True)
def static_files_are_looked_up_one_by_one() -> None:
    """Each test's client loads the middleware anew, which would read about all of them first, for longer than most tests take."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> str:
    """To make and to drop a database may take longer than a request's statement."""
    limits: str = connection.settings_dict["OPTIONS"].pop("options")
    return limits


@pytest.fixture(scope="session")
def django_db_setup(django_db_modify_db_settings: str, django_db_setup: None) -> Iterator[None]:
    connection.close()
    connection.settings_dict["OPTIONS"]["options"] = django_db_modify_db_settings
    yield
    del connection.settings_dict["OPTIONS"]["options"]


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "get_key_provider", TestKeys)


@pytest.fixture
def said_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that look at statements: as they are written, and not by the name that PostgreSQL knows them by."""
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)


def access_token(role: str, user_id: UUID | None = None, lifetime: int = 900) -> str:
    now = int(time.time())
    claims = {
        "iss": settings.JWT_ISSUER,
        "aud": settings.JWT_AUDIENCE,
        "iat": now,
        "exp": now + lifetime,
    }
    claims |= {"sub": str(user_id or uuid4()), "role": role, "jti": uuid4().hex}
    return jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": KEY_ID})


@cache
def the_handler() -> Any:
    """One for all clients: to load the middleware, which looks for every static file, is most of the time of a small test."""
    return Client().handler


class JSONClient:
    """Django's test client, as somebody: `buyer.post(path, {...}, idempotency_key="k")`."""

    def __init__(self, role: str = "") -> None:
        self.user_id = uuid4()
        self._client = Client()
        self._client.handler = the_handler()
        self._headers = (
            {"Authorization": f"Bearer {access_token(role, self.user_id)}"} if role else {}
        )

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        content_type: str = "application/json",
        **headers: str,
    ) -> Any:
        raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        named = self._headers | {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.generic(method, path, raw, content_type, headers=named)

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def order(self, items: dict[str, int], key: str | None = None, **more: Any) -> Any:
        body = {
            "items": [
                {"product_id": product_id, "quantity": units} for product_id, units in items.items()
            ],
            **more,
        }
        return self.post("/api/orders/", body, **({} if key is None else {"idempotency_key": key}))


@pytest.fixture
def anyone() -> JSONClient:
    return JSONClient()


@pytest.fixture
def buyer() -> JSONClient:
    return JSONClient("customer")


@pytest.fixture
def other_buyer() -> JSONClient:
    return JSONClient("customer")


@pytest.fixture
def staff() -> JSONClient:
    return JSONClient("staff")


@dataclass
class Shop:
    """The neighbours of the order service, as they are when all goes well, and the servers to script otherwise."""

    catalogue: Catalogue
    stock: Stock
    people: People
    product: Neighbour
    inventory: Neighbour
    user: Neighbour

    def sells(self, sku: str, price: str = "19.99", quantity: int = 10) -> str:
        product_id = self.catalogue.add(sku, price)
        self.stock.receive(product_id, quantity)
        return product_id

    @property
    def calls(self) -> list[str]:
        return self.user.told + self.product.told + self.inventory.told

    def opens_again(self) -> None:
        """As in a new process: nobody remembers failures."""
        clients.products.cache_clear()
        clients.inventory.cache_clear()
        clients.users.cache_clear()

    def check(self) -> None:
        """The invariants, once the worker has caught up."""
        states = {str(order.pk): order.status for order in Order.objects.all()}
        wanted = {
            "confirmed": "held",
            "cancelled": "released",
            "shipped": "fulfilled",
            "delivered": "fulfilled",
        }
        decided = {order_id: status for order_id, (status, _) in self.stock.reservations.items()}
        assert {order_id: decided.get(order_id) for order_id in states} == {
            id: wanted[status] for id, status in states.items()
        }
        assert {
            order_id for order_id, status in decided.items() if status != "released"
        } <= states.keys()
        for order_id in states:
            lines = OrderLine.objects.filter(order_id=order_id).values_list(
                "product_id", "quantity"
            )
            assert self.stock.reservations[order_id][1] == {
                str(product_id): units for product_id, units in lines
            }
        for product_id, received in self.stock.received.items():
            assert (
                self.stock.quantity[product_id]
                + self.stock.units(product_id)
                + self.stock.units(product_id, "fulfilled")
                == received
            )
        assert not Attempt.objects.filter(state__in=["started", "aborting"]).exists()
        assert not StockTask.objects.exists()
        assert len(set(self.stock.moves)) == len(self.stock.moves)


@pytest.fixture
def shop(settings: Any, db: None) -> Iterator[Shop]:
    catalogue, stock, people = Catalogue(), Stock(), People()
    made = Shop(catalogue, stock, people, Neighbour(catalogue), Neighbour(stock), Neighbour(people))
    settings.PRODUCT_SERVICE_URL, settings.INVENTORY_SERVICE_URL = (
        made.product.url,
        made.inventory.url,
    )
    settings.USER_SERVICE_URL = made.user.url
    made.opens_again()
    yield made
    made.opens_again()
    made.product.close()
    made.inventory.close()
    made.user.close()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests with many failures: the circuit breaker never opens."""
    monkeypatch.setattr(CircuitBreaker, "allow_request", lambda self: True)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests in which a neighbour hangs: tenths of seconds instead of seconds."""
    monkeypatch.setattr("orders.services.placement.CALL_SECONDS", 0.2)
    monkeypatch.setattr("orders.services.placement.CALLS_SECONDS", 0.5)
    monkeypatch.setattr("orders.services.recovery.CALL_SECONDS", 0.2)


def uuid7(moment: datetime) -> UUID:
    """As PostgreSQL would have made it then."""
    milliseconds = (moment - EPOCH) // timedelta(milliseconds=1)
    return UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | uuid4().int & ((1 << 62) - 1))


def time_passes() -> None:
    """All leases are over, and all tasks due."""
    Attempt.objects.update(lease_until=PAST)
    StockTask.objects.update(due_at=PAST)


def worker_catches_up() -> None:
    time_passes()
    while recovery.catch_up():
        pass


@pytest.fixture
def order(db: None) -> Callable[..., Order]:
    """`order(user_id=…, status="shipped", units={…})`: as if it had been placed, with no neighbour asked."""

    def make(
        status: str = "confirmed", user_id: UUID | None = None, sku: str = "LAMP", **facts: Any
    ) -> Order:
        id = facts.pop("id", None) or uuid7(facts.get("created_at", datetime.now(UTC)))
        product_id = facts.pop("product_id", None) or uuid4()
        now = facts.get("created_at") or Claim(id, id).moment
        plain = {
            "id": id,
            "number": Claim(id, id).number,
            "total": Decimal("39.98"),
            "currency": "USD",
        }
        plain |= {"created_at": now, "updated_at": now}
        made = Order.objects.create(status=status, user_id=user_id or uuid4(), **plain | facts)
        price = Decimal("19.99")
        line = {
            "sku": sku,
            "name": "A lamp",
            "unit_price": price,
            "quantity": 2,
            "line_total": price * 2,
        }
        OrderLine.objects.create(order=made, position=1, product_id=product_id, **line)
        return made

    return make


@pytest.fixture
def refused() -> Callable[..., dict[str, Any]]:
    """Checks that an answer is a whole problem document with that status and code, and returns it."""

    def check(response: Any, status: int, code: str) -> dict[str, Any]:
        assert (response.status_code, response["Content-Type"]) == (
            status,
            "application/problem+json",
        ), response.content
        problem: dict[str, Any] = response.json()
        assert {"type", "title", "status", "detail", "code", "request_id"} <= problem.keys()
        assert (problem["status"], problem["code"]) == (status, code)
        assert problem["request_id"] == response["X-Request-ID"]
        return problem

    return check


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Each in a thread with a connection of its own, all let go together. An exception counts as a result."""
    results: list[Any] = [None] * len(works)
    barrier = threading.Barrier(len(works))

    def run(number: int, work: Callable[[], Any]) -> None:
        barrier.wait(10)
        try:
            results[number] = work()
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    return results


def within(seconds: float, holds: Callable[[], Any]) -> Any:
    """What `holds` answers as soon as it is true; fails when that takes longer."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"did not come true within {seconds} s"
        time.sleep(0.01)
    return found

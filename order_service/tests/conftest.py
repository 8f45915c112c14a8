"""Fixtures: test data, an API client, and fakes of the upstream services."""

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
from fake_servers import FakeServer
from fakes import FakeInventoryService, FakeProductService, FakeUserService

from chassis import tokens
from chassis.circuit_breaker import CircuitBreaker
from orders import clients
from orders.models import Attempt, Order, OrderLine, OutboxMessage
from orders.services import background
from orders.services.order_attempts import EPOCH, AttemptLease

KEY_ID = "test-key"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PAST = datetime(2020, 1, 1, tzinfo=UTC)


class FakeKeyProvider:
    """Has the public key of the tests' tokens."""

    def get_key(self, key_id: str) -> Any:
        return KEY.public_key() if key_id == KEY_ID else None


@pytest.fixture(scope="session", autouse=True)
def lazy_static_files() -> None:
    """Without it WhiteNoise scans all static files whenever the middleware is loaded."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> str:
    """Creating and dropping the database may take longer than statement_timeout."""
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
    monkeypatch.setattr(tokens, "get_key_provider", FakeKeyProvider)


@pytest.fixture
def unprepared_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that inspect SQL: sends statements instead of EXECUTE."""
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
def shared_handler() -> Any:
    """Loading the middleware takes longer than most tests, so all clients share one handler."""
    return Client().handler


class JSONClient:
    """Django's test client with a user's token: `buyer.post(path, {...}, idempotency_key="k")`."""

    def __init__(self, role: str = "") -> None:
        self.user_id = uuid4()
        self.test_client = Client()
        self.test_client.handler = shared_handler()
        self.headers = (
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
        named = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.test_client.generic(method, path, raw, content_type, headers=named)

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
def anonymous() -> JSONClient:
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
    """The upstream services: fakes, and the servers to script faults."""

    catalogue: FakeProductService
    stock: FakeInventoryService
    users: FakeUserService
    product: FakeServer
    inventory: FakeServer
    user: FakeServer

    def sells(self, sku: str, price: str = "19.99", quantity: int = 10) -> str:
        product_id = self.catalogue.add(sku, price)
        self.stock.receive(product_id, quantity)
        return product_id

    @property
    def calls(self) -> list[str]:
        return self.user.methods + self.product.methods + self.inventory.methods

    def reset_clients(self) -> None:
        """Close all circuit breakers, as in a new process."""
        clients.products.cache_clear()
        clients.inventory.cache_clear()
        clients.users.cache_clear()

    def check(self) -> None:
        """Assert the invariants of an idle system."""
        states = {str(order.pk): order.status for order in Order.objects.all()}
        expected = {
            "confirmed": "held",
            "cancelled": "released",
            "shipped": "fulfilled",
            "delivered": "fulfilled",
        }
        decided = {order_id: status for order_id, (status, _) in self.stock.reservations.items()}
        assert {order_id: decided.get(order_id) for order_id in states} == {
            id: expected[status] for id, status in states.items()
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
        assert not OutboxMessage.objects.exists()
        assert len(set(self.stock.moves)) == len(self.stock.moves)


@pytest.fixture
def shop(settings: Any, db: None) -> Iterator[Shop]:
    catalogue, stock, users = FakeProductService(), FakeInventoryService(), FakeUserService()
    made = Shop(
        catalogue, stock, users, FakeServer(catalogue), FakeServer(stock), FakeServer(users)
    )
    settings.PRODUCT_SERVICE_URL, settings.INVENTORY_SERVICE_URL = (
        made.product.url,
        made.inventory.url,
    )
    settings.USER_SERVICE_URL = made.user.url
    made.reset_clients()
    yield made
    made.reset_clients()
    made.product.close()
    made.inventory.close()
    made.user.close()


@pytest.fixture
def closed_circuit_breaker(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests with many failures: the circuit breaker never opens."""
    monkeypatch.setattr(CircuitBreaker, "allow_request", lambda self: True)


@pytest.fixture
def short_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests with hanging services."""
    monkeypatch.setattr("orders.clients.CALL_TIMEOUT", 0.2)
    monkeypatch.setattr("orders.services.place_order.CALLS_TIMEOUT", 2.0)


def uuid7(moment: datetime) -> UUID:
    """As PostgreSQL would have generated it at that time."""
    milliseconds = (moment - EPOCH) // timedelta(milliseconds=1)
    return UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | uuid4().int & ((1 << 62) - 1))


def expire_leases() -> None:
    """Expire all leases, and make all outbox messages due."""
    Attempt.objects.update(lease_until=PAST)
    OutboxMessage.objects.update(due_at=PAST)


def run_worker_until_idle() -> None:
    expire_leases()
    while background.run_once():
        pass


def create_attempt(state: str = "started", **fields: Any) -> Attempt:
    status = {"completed": 201, "rejected": 409}.get(state)
    defaults = {
        "user_id": uuid4(),
        "idempotency_key": "k",
        "fingerprint": "f",
        "order_id": uuid7(datetime.now(UTC)),
        "lease_until": PAST,
        "response_status": status,
        "response_body": status and "{}",
    }
    return Attempt.objects.create(state=state, **defaults | fields)


@pytest.fixture
def order(db: None) -> Callable[..., Order]:
    """`order(user_id=…, status="shipped")`: an order, without any call."""

    def make(
        status: str = "confirmed", user_id: UUID | None = None, sku: str = "LAMP", **fields: Any
    ) -> Order:
        id = fields.pop("id", None) or uuid7(fields.get("created_at", datetime.now(UTC)))
        product_id = fields.pop("product_id", None) or uuid4()
        now = fields.get("created_at") or AttemptLease(id, id).created_at
        defaults = {
            "id": id,
            "number": AttemptLease(id, id).number,
            "total": Decimal("39.98"),
            "currency": "USD",
        }
        defaults |= {"created_at": now, "updated_at": now}
        made = Order.objects.create(status=status, user_id=user_id or uuid4(), **defaults | fields)
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
def assert_problem() -> Callable[..., dict[str, Any]]:
    """Asserts a problem document with the status and code, and returns it."""

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


def run_concurrently(*functions: Callable[[], Any]) -> list[Any]:
    """Run each in a thread with its own connection. An exception counts as a result."""
    results: list[Any] = [None] * len(functions)
    barrier = threading.Barrier(len(functions))

    def run(number: int, function: Callable[[], Any]) -> None:
        barrier.wait(10)
        try:
            results[number] = function()
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(functions)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    return results


def within(seconds: float, holds: Callable[[], Any]) -> Any:
    """The first true result of `holds`; fails after the timeout."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"did not come true within {seconds} s"
        time.sleep(0.01)
    return found

"""Fixtures: test data, an API client, and fakes of the upstream services."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

pytest.register_assert_rewrite("shop")

from api_client import FakeKeyProvider, JSONClient
from factories import create_order
from fake_servers import FakeServer
from fakes import FakeInventoryService, FakeProductService, FakeUserService
from shop import Shop

from chassis import tokens
from chassis.circuit_breaker import CircuitBreaker
from orders.models import Order


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


@pytest.fixture
def order(db: None) -> Callable[..., Order]:
    """`order(user_id=…, status="shipped")`: an order, without any call."""
    return create_order


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

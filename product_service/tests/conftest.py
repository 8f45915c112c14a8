"""Fixtures that create products, and a JSON client."""

import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client

from chassis import tokens
from chassis.tests.concurrency import run_concurrently
from products import services
from products.errors import DuplicateSku, StaleProductVersion
from products.models import Product

KEY_ID = "test-key"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class TestKeys:
    """The keys of the user service."""

    def get_key(self, key_id: str) -> Any:
        return KEY.public_key() if key_id == KEY_ID else None


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> str:
    """Without the statement timeout: creating and dropping a database may exceed it."""
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
def unprepared_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that read the SQL: statements instead of EXECUTE with a name."""
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)


def access_token(role: str, lifetime: int = 900) -> str:
    now = int(time.time())
    claims = {
        "iss": settings.JWT_ISSUER,
        "aud": settings.JWT_AUDIENCE,
        "iat": now,
        "exp": now + lifetime,
    }
    claims |= {"sub": str(uuid4()), "role": role, "jti": uuid4().hex}
    return jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": KEY_ID})


class JsonClient:
    """Django's test client with a token: `client.patch(path, {...}, if_match='"1"')`."""

    def __init__(self, token: str = "") -> None:
        self._client = Client()
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

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

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("PUT", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.send("DELETE", path, **headers)


@pytest.fixture
def anyone() -> JsonClient:
    return JsonClient()


@pytest.fixture
def customer() -> JsonClient:
    return JsonClient(access_token("customer"))


@pytest.fixture
def staff() -> JsonClient:
    return JsonClient(access_token("staff"))


@pytest.fixture
def product(db: None) -> Callable[..., Product]:
    """`product("LAMP", price="5.00")`"""

    def create(sku: str = "LAMP", price: str = "19.99", **fields: Any) -> Product:
        return services.create(
            **{"sku": sku, "name": f"A {sku.lower()}", "price": Decimal(price), **fields}
        )

    return create


@pytest.fixture
def assert_problem() -> Callable[..., dict[str, Any]]:
    """Asserts that a response is a complete problem document, and returns it."""

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


def product_path(product: Product) -> str:
    return f"/api/products/{product.pk}/"


@pytest.fixture
def search(anyone: JsonClient) -> Callable[..., list[str]]:
    """`search("lamp", ordering="price")`: the SKUs in their order."""

    def send(text: str, **more: Any) -> list[str]:
        return skus(
            anyone.get(
                f"/api/products/?search={quote(text)}"
                + "".join(f"&{name}={more[name]}" for name in more)
            )
        )

    return send


def skus(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["sku"] for row in response.json()["results"]]


@pytest.fixture
def numbered(product: Callable[..., Product]) -> Callable[[int, int], list[Product]]:
    """`numbered(1, 5)`: products P1 to P5."""
    return lambda first, last: [product(f"P{number}") for number in range(first, last + 1)]


@pytest.fixture
def import_products(db: None, staff: JsonClient) -> Callable[..., Any]:
    """`import_products("sku,name,price", "A,Lamp,1")` as CSV, or a list as JSON."""

    def send(*lines: Any, end: str = "\r\n") -> Any:
        if isinstance(lines[0], list):
            response = staff.post("/api/products/import/", lines[0])
        else:
            response = staff.send(
                "POST", "/api/products/import/", end.join(lines).encode(), "text/csv"
            )
        assert response.status_code == 200, response.content
        return response.json()

    return send


def outcomes_of(*functions: Callable[[], Any]) -> list[str]:
    """How each function ended when run concurrently: `done`, or the name of its exception."""
    expected = (StaleProductVersion, DuplicateSku, OperationalError)
    results = run_concurrently(*functions)
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, expected):
            raise result
    return [
        type(result).__name__ if isinstance(result, Exception) else "done" for result in results
    ]

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.test import Client

from chassis import tokens
from chassis.service_tokens import ServiceTokens
from chassis.tests.servers import http_server
from inventory import clients, services
from inventory.models import Movement, Reservation, Stock
from tests.fake_product_service import FakeProductService

STAFF = "0198c5f0-3d5e-7f19-b6c2-1e4a7b9d0f44"
CUSTOMER = "0198c5f0-3d5e-7f19-b6c2-1e4a7b9d0f55"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class TestKeys:
    """A key provider with one key."""

    __test__ = False

    def get_key(self, key_id: str) -> Any:
        return KEY.public_key() if key_id == "test" else None


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> str:
    """Creates and drops the test database without the statement timeout of requests."""
    limits: str = connection.settings_dict["OPTIONS"].pop("options")
    return limits


@pytest.fixture(scope="session")
def django_db_setup(django_db_modify_db_settings: str, django_db_setup: None) -> Iterator[None]:
    connection.close()
    connection.settings_dict["OPTIONS"]["options"] = django_db_modify_db_settings
    yield
    del connection.settings_dict["OPTIONS"]["options"]


@pytest.fixture(scope="session", autouse=True)
def allow_truncating_the_ledger() -> Iterator[None]:
    """Disables the append-only trigger while tests with real commits truncate all tables."""
    flush = connection.ops.sql_flush

    def with_ledger(*args: Any, **options: Any) -> list[str]:
        switch = "ALTER TABLE movement {} TRIGGER movement_is_never_emptied"
        return [switch.format("DISABLE"), *flush(*args, **options), switch.format("ENABLE")]

    connection.ops.sql_flush = with_ledger  # type: ignore[method-assign]
    yield
    connection.ops.sql_flush = flush  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def key_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "get_key_provider", TestKeys)


@pytest.fixture(scope="session")
def product_server() -> Iterator[tuple[str, FakeProductService]]:
    service = FakeProductService()
    with http_server(service.handle, with_headers=True) as url:
        yield url, service


@pytest.fixture(autouse=True)
def product_service(
    product_server: tuple[str, FakeProductService], settings: Any, key_set: None
) -> Iterator[FakeProductService]:
    settings.PRODUCT_SERVICE_URL, service = product_server
    service.reset()
    clients.products.cache_clear()
    yield service
    clients.products.cache_clear()


def access_token(role: str, user_id: str = STAFF, **changes: Any) -> str:
    claims = {
        "sub": user_id,
        "role": role,
        "iss": settings.JWT_ISSUER,
        "aud": settings.JWT_AUDIENCE,
        "jti": uuid4().hex,
    }
    return jwt.encode(
        claims | {"iat": 1_700_000_000, "exp": 4_000_000_000} | changes,
        KEY,
        algorithm="RS256",
        headers={"kid": "test"},
    )


def service_token(
    issuer: str = "order",
    audience: str = "inventory",
    key: str = "",
    scope: str = "reservations:write",
) -> str:
    key = key or settings.SERVICE_KEYS["order"]
    return ServiceTokens(key, issuer=issuer, audience=audience, scope=scope).current()


class ApiClient(Client):
    """Sends JSON and a token: `client.post(path, body={...}, token=client.staff)`."""

    staff: str
    customer: str
    order_service: str

    def generic(
        self,
        method: str,
        path: str,
        data: Any = "",
        *args: Any,
        token: str = "",
        body: Any = None,
        **extra: Any,
    ) -> Any:  # type: ignore[override]
        if body is not None:
            data, args = (
                body if isinstance(body, bytes) else json.dumps(body).encode(),
                ("application/json", *args[1:]),
            )
        if token:
            extra["headers"] = {"Authorization": f"Bearer {token}", **(extra.get("headers") or {})}
        return super().generic(method, path, data, *args, **extra)


@pytest.fixture
def client() -> ApiClient:
    made = ApiClient(raise_request_exception=False)
    made.staff, made.customer = access_token("staff"), access_token("customer", CUSTOMER)
    made.order_service = service_token()
    return made


@pytest.fixture
def walk(client: ApiClient) -> Callable[..., list[Any]]:
    """All rows of a list, page by page; asserts that `previous` leads back over the same pages."""

    def walk(path: str, page_size: int = 2, **query: Any) -> list[Any]:
        pages, url, query = [], path, query | {"page_size": page_size}
        while url:
            page = client.get(url, query, token=client.staff).json()
            pages.append(page)
            url, query = page["next"], None
        back, url = [page["results"]], page["previous"]
        while url:
            page = client.get(url, token=client.staff).json()
            back.insert(0, page["results"])
            url = page["previous"]
        rows = [row for page in pages for row in page["results"]]
        assert [row for page in back for row in page] == rows
        return rows

    return walk


class StockFactory:
    """`stock("LAMP", quantity=10)` receives units of a product, identified by its name."""

    def __init__(self) -> None:
        self._ids: dict[str, UUID] = {}

    def id_of(self, name: str) -> UUID:
        return self._ids.setdefault(name, uuid4())

    def __call__(
        self, name: str = "LAMP", quantity: int = 10, low_stock_threshold: int = 0
    ) -> Stock:
        row, _ = services.receive(product_id=self.id_of(name), quantity=quantity, actor=STAFF)
        return (
            services.set_threshold(
                product_id=row.product_id, low_stock_threshold=low_stock_threshold
            )
            if low_stock_threshold
            else row
        )

    def reload(self, row: Stock) -> Stock:
        return Stock.objects.get(pk=row.pk)

    def units(self, row: Stock) -> tuple[int, int]:
        """Current (quantity, reserved)."""
        now = self.reload(row)
        return now.quantity, now.reserved


@pytest.fixture
def stock() -> Iterator[StockFactory]:
    """After each test the ledger has to match the stock."""
    yield StockFactory()
    assert_ledger_matches_stock()


@pytest.fixture
def reserved() -> Callable[..., UUID]:
    """`reserved(lamp, 3)`: the id of an order that holds 3 lamps."""

    def reserve(row: Stock, quantity: int = 1, order_id: UUID | None = None) -> UUID:
        order_id = order_id or uuid4()
        services.reserve(order_id=order_id, quantities={row.product_id: quantity})
        return order_id

    return reserve


def assert_ledger_matches_stock() -> None:
    """The deltas add up to the stock, and the held reservations to the reserved units."""
    held: dict[str, int] = {}
    for reservation in Reservation.objects.filter(status="held"):
        for item in reservation.items:
            held[item["product_id"]] = held.get(item["product_id"], 0) + item["quantity"]
    for row in Stock.objects.all():
        sums = Movement.objects.filter(product_id=row.product_id).aggregate(
            all=Sum("delta"), reserved=Sum("reserved_delta")
        )
        last = Movement.objects.filter(product_id=row.product_id).order_by("-id")[0]
        assert row.quantity >= 0
        assert (row.quantity + row.reserved, row.reserved) == (sums["all"], sums["reserved"])
        assert row.reserved == held.get(str(row.product_id), 0)
        assert (last.quantity_after, last.reserved_after) == (row.quantity, row.reserved)


def count_results(results: list[Any]) -> SimpleNamespace:
    """The number of results, `.done`, and of errors by code."""
    counts: dict[str, int] = {"done": 0}
    for result in results:
        name = (
            getattr(result, "code", type(result).__name__)
            if isinstance(result, Exception)
            else "done"
        )
        counts[name] = counts.get(name, 0) + 1
    return SimpleNamespace(**counts)

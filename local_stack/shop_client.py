"""An HTTP client of the shop's public API, for the demo, tests, benchmarks, fault injection and the
audit.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit
from uuid import uuid4

import requests
from requests.adapters import HTTPAdapter

PATHS = {
    "user": "/api/users",
    "product": "/api/products",
    "inventory": "/api/inventory",
    "order": "/api/orders",
}
ADMIN = {"email": "admin@example.com", "password": "admin-password"}
PASSWORD = "a-buyer's-own-password"  # noqa: S105  (of users that exist for one run)
PRICE = "19.99"
TIMEOUT = (2.0, 10.0)
"""Seconds to connect and to read: longer than the slowest permitted response, so that a test can
detect a slow one.
"""

JSON = dict[str, Any]
Basket = Mapping[str, int]
"""Units by product id."""


class UnexpectedResponse(AssertionError):
    """Another status than expected."""


class Stock(NamedTuple):
    quantity: int
    reserved: int


@dataclass(frozen=True)
class User:
    id: str
    email: str
    token: str


class ShopClient:
    """A context manager. Thread-safe."""

    def __init__(self, urls: Mapping[str, str], timeout: tuple[float, float] = TIMEOUT) -> None:
        """`urls` are base URLs by service."""
        self.urls = dict(urls)
        self._timeout = timeout
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy and no .netrc
        self._session.mount("http://", HTTPAdapter(pool_connections=8, pool_maxsize=100))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._session.close()

    def url(self, path: str) -> str:
        """The URL of a path, which determines the service. A complete URL stays as it is."""
        service = next((name for name, prefix in PATHS.items() if path.startswith(prefix)), None)
        return f"{self.urls[service]}{path}" if service else path

    def call(
        self, method: str, path: str, user: User | None = None, **options: Any
    ) -> requests.Response:
        headers = dict(options.pop("headers", {}))
        if user and user.token:
            headers["Authorization"] = f"Bearer {user.token}"
        options.setdefault("timeout", self._timeout)
        return self._session.request(
            method, self.url(path), headers=headers, allow_redirects=False, **options
        )

    def get(self, path: str, user: User | None = None, **options: Any) -> requests.Response:
        return self.call("GET", path, user, **options)

    def post(self, path: str, user: User | None = None, **options: Any) -> requests.Response:
        return self.call("POST", path, user, **options)

    def rows(self, path: str, user: User | None = None) -> Iterator[JSON]:
        """All rows of a list, page by page.

        Of `next` only the query is used: its host is the one that the service sees.
        """
        while path:
            page = expect(200, self.get(path, user))
            yield from page["results"]
            path = (
                f"{path.partition('?')[0]}?{urlsplit(page['next']).query}" if page["next"] else ""
            )

    def token(self, email: str, password: str) -> str:
        return str(
            expect(
                200, self.post("/api/users/token/", json={"email": email, "password": password})
            )["access"]
        )

    def sign_in(self, email: str, password: str) -> User:
        token = self.token(email, password)
        return User(
            str(expect(200, self.get("/api/users/me/", User("", "", token)))["id"]), email, token
        )

    def register(self) -> User:
        email = f"buyer-{uuid4().hex}@example.com"
        expect(
            201,
            self.post(
                "/api/users/", json={"email": email, "password": PASSWORD, "name": "A buyer"}
            ),
        )
        return self.sign_in(email, PASSWORD)

    def create_product(self, staff: User, **fields: Any) -> JSON:
        product = {"sku": f"LAMP-{uuid4().hex[:12]}", "name": "Desk lamp", "price": PRICE} | fields
        return expect(201, self.post("/api/products/", staff, json=product))

    def receive(self, staff: User, product_id: str, quantity: int) -> requests.Response:
        body = {"product_id": product_id, "quantity": quantity}
        return self.post(
            "/api/inventory/", staff, json=body, headers={"Idempotency-Key": uuid4().hex}
        )

    def stocked(self, staff: User, quantity: int, **fields: Any) -> str:
        """Create a product with so many units in stock; return its id."""
        product_id = str(self.create_product(staff, **fields)["id"])
        expect(201, self.receive(staff, product_id, quantity))
        return product_id

    def stock(self, product_id: str) -> Stock:
        found = expect(200, self.get(f"/api/inventory/{product_id}/"))
        return Stock(found["quantity"], found["reserved"])

    def order(
        self, buyer: User, basket: Basket, key: str | None = None, **options: Any
    ) -> requests.Response:
        headers = dict(options.pop("headers", {})) | ({"Idempotency-Key": key} if key else {})
        body = order_body(basket) | options.pop("fields", {})
        return self.post("/api/orders/", buyer, json=body, headers=headers, **options)

    def move(self, user: User, order_id: str, verb: str) -> requests.Response:
        """`cancel`, `ship` or another transition of an order."""
        return self.post(f"/api/orders/{order_id}/{verb}/", user)


def order_body(basket: Basket) -> JSON:
    return {
        "items": [
            {"product_id": product_id, "quantity": units} for product_id, units in basket.items()
        ]
    }


def units_of(row: Mapping[str, Any]) -> dict[str, int]:
    """Units by product of an order or a reservation."""
    return {item["product_id"]: item["quantity"] for item in row["items"]}


def expect(status: int, response: requests.Response) -> JSON:
    """The JSON body. Raises UnexpectedResponse for another status."""
    if response.status_code != status:
        request = f"{response.request.method} {response.url}"
        raise UnexpectedResponse(
            f"{request}: {response.status_code} instead of {status}: {response.text[:1000]}"
        )
    content: JSON = response.json() if response.content else {}
    return content


def code_of(response: requests.Response) -> str:
    """The error code of a problem document; empty if the response is none."""
    if not response.headers.get("Content-Type", "").startswith("application/problem+json"):
        return ""
    try:
        return str(response.json()["code"])
    except (ValueError, KeyError, TypeError):
        return ""


def is_in_progress(response: requests.Response) -> bool:
    return code_of(response) == "request_in_progress"

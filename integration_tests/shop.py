"""A running system as its clients see it, and what they do with it."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self
from uuid import uuid4

import requests
from requests.adapters import HTTPAdapter

from integration_tests.timing import at_once, wait_until

SERVICES = {"user": "/api/users", "product": "/api/products", "inventory": "/api/inventory", "order": "/api/orders"}
PATIENCE = (2.0, 10.0)
"""Seconds to connect and to wait for an answer: longer than any answer may take, so that a test sees what was too slow."""
LONGEST_ANSWER = 6.0
"""Seconds, whatever else is out of reach."""
ADMIN = {"email": "admin@example.com", "password": "admin-password"}
PASSWORD = "a-buyer's-own-password"
PRICE = "19.99"

Basket = Mapping[str, int]
"""Units by product id."""


class Stock(NamedTuple):
    quantity: int
    reserved: int


@dataclass(frozen=True)
class Person:
    id: str
    email: str
    token: str


class Shop:
    """A context manager over the connections that it keeps; all threads may share it."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self.urls = dict(urls)
        self._http = requests.Session()
        self._http.trust_env = False  # no proxy and no .netrc between us and the system
        self._http.mount("http://", HTTPAdapter(pool_connections=8, pool_maxsize=100))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def call(self, method: str, path: str, person: Person | None = None, **options: Any) -> requests.Response:
        """`path` says which service; another one's path is given as a whole URL."""
        headers = dict(options.pop("headers", {}))
        if person:
            headers["Authorization"] = f"Bearer {person.token}"
        return self._http.request(method, self._address(path), headers=headers, timeout=PATIENCE, allow_redirects=False, **options)

    def get(self, path: str, person: Person | None = None, **options: Any) -> requests.Response:
        return self.call("GET", path, person, **options)

    def post(self, path: str, person: Person | None = None, **options: Any) -> requests.Response:
        return self.call("POST", path, person, **options)

    def rows(self, path: str, person: Person | None = None) -> Iterator[dict[str, Any]]:
        """All of a list, page by page."""
        url: str | None = path
        while url:
            page = expect(200, self.get(url, person))
            yield from page["results"]
            url = page["next"]

    # People

    def sign_in(self, email: str, password: str) -> Person:
        tokens = expect(200, self.post("/api/users/token/", json={"email": email, "password": password}))
        return Person(self._id_of(tokens["access"]), email, tokens["access"])

    def register(self) -> Person:
        email = f"buyer-{uuid4().hex}@example.com"
        expect(201, self.post("/api/users/", json={"email": email, "password": PASSWORD, "name": "A buyer"}))
        return self.sign_in(email, PASSWORD)

    def _id_of(self, token: str) -> str:
        return str(expect(200, self.get("/api/users/me/", Person("", "", token)))["id"])

    # Goods

    def create_product(self, staff: Person, **facts: Any) -> dict[str, Any]:
        product = {"sku": f"LAMP-{uuid4().hex[:12]}", "name": "Desk lamp", "price": PRICE} | facts
        return expect(201, self.post("/api/products/", staff, json=product))

    def receive(self, staff: Person, product_id: str, quantity: int) -> requests.Response:
        return self.post("/api/inventory/", staff, json={"product_id": product_id, "quantity": quantity})

    def stocked(self, staff: Person, quantity: int, **facts: Any) -> str:
        """The id of a new product with so many units."""
        product_id = str(self.create_product(staff, **facts)["id"])
        expect(201, self.receive(staff, product_id, quantity))
        return product_id

    def stock(self, product_id: str) -> Stock:
        found = expect(200, self.get(f"/api/inventory/{product_id}/"))
        return Stock(found["quantity"], found["reserved"])

    # Orders

    def order(self, buyer: Person, basket: Basket, key: str | None = None, **options: Any) -> requests.Response:
        items = [{"product_id": product_id, "quantity": quantity} for product_id, quantity in basket.items()]
        headers = dict(options.pop("headers", {})) | ({"Idempotency-Key": key} if key else {})
        return self.post("/api/orders/", buyer, json={"items": items} | options.pop("facts", {}), headers=headers, **options)

    def order_in_time(self, buyer: Person, basket: Basket, key: str) -> requests.Response:
        """Whatever the answer is, the client has the whole of it in time."""
        began = time.monotonic()
        answer = self.order(buyer, basket, key)
        assert time.monotonic() - began < LONGEST_ANSWER
        return answer

    def order_until_answered(self, buyer: Person, basket: Basket, key: str, patience: float = 40.0) -> requests.Response:
        """Repeat while nobody answers, or with 503, as a client with a key should."""
        return wait_until(lambda: self._answered(buyer, basket, key), patience, every=0.1)

    def order_until_decided(self, buyer: Person, basket: Basket, key: str, patience: float = 60.0) -> requests.Response:
        """Repeat until the answer is definitive."""

        def decided() -> requests.Response | None:
            answer = self._answered(buyer, basket, key)
            return None if answer is None or is_in_progress(answer) else answer

        return wait_until(decided, patience, every=0.2)

    def move(self, person: Person, order_id: str, verb: str) -> requests.Response:
        return self.post(f"/api/orders/{order_id}/{verb}/", person)

    def is_calm(self, buyer: Person, product_id: str) -> bool:
        """Whether crowds of orders go well, so that no process has a circuit breaker open; new connections reach them all."""
        crowd = [lambda: self._answered(buyer, {product_id: 1}, uuid4().hex, headers={"Connection": "close"})] * 32
        answers = at_once(crowd) + at_once(crowd)
        return all(answer is not None and answer.status_code == 201 for answer in answers)

    def _answered(self, buyer: Person, basket: Basket, key: str, **options: Any) -> requests.Response | None:
        try:
            answer = self.order(buyer, basket, key, **options)
        except requests.RequestException:  # refused, too late, or broken off in the middle
            return None
        if answer.status_code == 503:
            assert answer.json()["code"] == "service_unavailable", answer.text
            return None
        assert answer.status_code in (201, 409, 422), f"{answer.status_code} {answer.text}"
        return answer

    def _address(self, path: str) -> str:
        service = next((name for name, prefix in SERVICES.items() if path.startswith(prefix)), None)
        return f"{self.urls[service]}{path}" if service else path


def expect(status: int, answer: requests.Response) -> dict[str, Any]:
    assert answer.status_code == status, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text[:1000]}"
    content: dict[str, Any] = answer.json() if answer.content else {}
    return content


def problem(answer: requests.Response) -> tuple[int, str]:
    """Status and code, once the rest of the problem document is right too."""
    document = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json", answer.headers
    assert {"type", "title", "status", "detail", "code", "request_id"} <= set(document), document
    assert (document["status"], document["request_id"]) == (answer.status_code, answer.headers["X-Request-ID"])
    return answer.status_code, document["code"]


def is_in_progress(answer: requests.Response) -> bool:
    return answer.status_code == 409 and answer.json()["code"] == "request_in_progress"


def is_refused_for_now(answer: requests.Response, *services: str) -> bool:
    assert problem(answer) == (503, "service_unavailable")
    assert answer.json()["service"] in services
    return int(answer.headers["Retry-After"]) > 0

"""What the proofs do as staff of the system under proof, while nothing fails."""

import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import requests

from proof.client import JSON

ADMIN = {"email": "admin@example.com", "password": "admin-password"}
PASSWORD = "a-buyer's-own-password"  # noqa: S105  (of buyers that live for one run)
TIMEOUT = (3.0, 10.0)
PATIENCE = 20.0
"""Seconds until what failed a moment ago has to be usable again: connections, circuit breakers."""
RENEW_AFTER = 600.0
"""Seconds; tokens are good for 900."""


class Staff:
    """For one thread."""

    def __init__(self, urls: Mapping[str, str], buyers: int) -> None:
        self._urls = urls
        self._http = requests.Session()
        self._http.trust_env = False
        self._emails = [f"buyer-{uuid4().hex}@example.com" for _ in range(buyers)]
        self._renew_at = 0.0
        self.token = ""
        self.buyers: list[str] = []
        """Their tokens."""

    def close(self) -> None:
        self._http.close()

    def sign_in(self) -> None:
        """Everybody, once in a while."""
        if time.monotonic() < self._renew_at:
            return
        self._renew_at = time.monotonic() + RENEW_AFTER
        if not self.buyers:
            for email in self._emails:
                self.ask("POST", "user", "/api/users/", {"email": email, "password": PASSWORD})
        self.token = self._token(ADMIN)
        self.buyers = [self._token({"email": email, "password": PASSWORD}) for email in self._emails]

    def _token(self, login: Mapping[str, str]) -> str:
        return str(self.ask("POST", "user", "/api/users/token/", login)["access"])

    def stocked(self, units: int) -> str:
        """The id of a new product with so many units."""
        facts = {"sku": f"PROOF-{uuid4().hex[:12]}", "name": "A product under proof", "price": "19.99"}
        product_id = str(self.ask("POST", "product", "/api/products/", facts)["id"])
        self.ask("POST", "inventory", "/api/inventory/", {"product_id": product_id, "quantity": units}, key=uuid4().hex)
        return product_id

    def amounts(self, product_ids: list[str]) -> dict[str, tuple[int, int]]:
        """Quantity and reserved by product."""
        rows = self.ask("GET", "inventory", f"/api/inventory/?product_ids={','.join(product_ids)}&page_size=100")["results"]
        return {row["product_id"]: (row["quantity"], row["reserved"]) for row in rows}

    def orders(self, since: str) -> Iterator[JSON]:
        address = f"/api/orders/?page_size=100&created_after={since}"
        while address:
            page = self.ask("GET", "order", address)
            yield from page["results"]
            address = f"/api/orders/?{urlsplit(page['next']).query}" if page["next"] else ""

    def ask(self, method: str, service: str, address: str, body: Any = None, key: str = "") -> JSON:
        """Repeats what finds nobody, or a 503. Raises RuntimeError for another answer, or none."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self._send(method, service, address, body, key)
                outcome = f"{answer.status_code} {answer.text[:300]}"
                if answer.status_code < 300:
                    return dict(answer.json())
                again = answer.status_code == 503
            except requests.RequestException as error:
                outcome, again = str(error), True
            if not again or time.monotonic() > until:
                raise RuntimeError(f"{method} {service} {address}: {outcome}")
            time.sleep(0.25)

    def _send(self, method: str, service: str, address: str, body: Any, key: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= {"Idempotency-Key": key} if key else {}
        return self._http.request(method, f"{self._urls[service]}{address}", json=body, headers=headers, timeout=TIMEOUT)

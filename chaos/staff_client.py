"""A client that prepares and reads the system as staff, and holds the tokens of the buyers."""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import requests

from local_stack.shop_client import ADMIN, JSON, PASSWORD, ShopClient, Stock, User

TIMEOUT = (3.0, 10.0)
RETRY_TIMEOUT = 20.0
"""Seconds for connections and circuit breakers to recover from the last fault."""
RETRY_INTERVAL = 0.25
SIGN_IN_INTERVAL = 600.0
"""Seconds; tokens are valid for 900."""


class StaffClient(ShopClient):
    """Retries while the system does not respond, or responds with 503. Not thread-safe."""

    def __init__(self, urls: Mapping[str, str], buyers: int) -> None:
        super().__init__(urls, TIMEOUT)
        self._count = buyers
        self._sign_in_at = 0.0
        self.staff = User("", "", "")
        self.buyers: list[User] = []

    def refresh_tokens(self) -> None:
        """Registers the buyers at the first call.

        Does nothing while the tokens are still valid for some minutes.
        """
        if time.monotonic() < self._sign_in_at:
            return
        self._sign_in_at = time.monotonic() + SIGN_IN_INTERVAL
        self.staff = self.sign_in(**ADMIN)
        self.buyers = [self.sign_in(buyer.email, PASSWORD) for buyer in self.buyers]
        self.buyers += [self.register() for _ in range(self._count - len(self.buyers))]

    def stock_levels(self, product_ids: Iterable[str]) -> dict[str, Stock]:
        rows = self.rows(
            f"/api/inventory/?product_ids={','.join(product_ids)}&page_size=100", self.staff
        )
        return {row["product_id"]: Stock(row["quantity"], row["reserved"]) for row in rows}

    def orders(self, since: str) -> Iterator[JSON]:
        return self.rows(f"/api/orders/?page_size=100&created_after={since}", self.staff)

    def call(
        self, method: str, path: str, user: User | None = None, **options: Any
    ) -> requests.Response:
        deadline = time.monotonic() + RETRY_TIMEOUT
        while True:
            try:
                response = super().call(method, path, user, **options)
                if response.status_code != 503 or time.monotonic() > deadline:
                    return response
            except requests.RequestException:
                if time.monotonic() > deadline:
                    raise
            time.sleep(RETRY_INTERVAL)

"""The shop client of the integration tests: retries, time limits, and checks of error responses."""

import time
from typing import Any
from uuid import uuid4

import requests

from integration_tests.concurrency import at_once, wait_until
from local_stack.shop_client import (
    ADMIN,
    PASSWORD,
    PRICE,
    Basket,
    ShopClient,
    Stock,
    User,
    code_of,
    expect,
    is_in_progress,
    units_of,
)
from local_stack.shop_client import (
    PATHS as SERVICES,
)

__all__ = [
    "ADMIN",
    "PASSWORD",
    "PRICE",
    "SERVICES",
    "Shop",
    "Stock",
    "User",
    "expect",
    "is_in_progress",
    "units_of",
]

MAX_LATENCY = 6.0
"""Seconds, whichever service is unavailable."""


class Shop(ShopClient):
    def order_in_time(self, buyer: User, basket: Basket, key: str) -> requests.Response:
        """The complete response must arrive within MAX_LATENCY, whatever it is."""
        started = time.monotonic()
        response = self.order(buyer, basket, key)
        assert time.monotonic() - started < MAX_LATENCY
        return response

    def order_until_decided(
        self, buyer: User, basket: Basket, key: str, timeout: float = 60.0
    ) -> requests.Response:
        """Retry until the response is definitive."""

        def decided() -> requests.Response | None:
            response = self._responded(buyer, basket, key)
            return None if response is None or is_in_progress(response) else response

        return wait_until(decided, timeout, every=0.2)

    def has_recovered(self, buyer: User, product_id: str) -> bool:
        """Whether many concurrent orders, on new connections to all processes, succeed."""
        orders = [
            lambda: self._responded(
                buyer, {product_id: 1}, uuid4().hex, headers={"Connection": "close"}
            )
        ] * 32
        responses = at_once(orders) + at_once(orders)
        return all(response is not None and response.status_code == 201 for response in responses)

    def _responded(
        self, buyer: User, basket: Basket, key: str, **options: Any
    ) -> requests.Response | None:
        """None for a connection error, a timeout and 503."""
        try:
            response = self.order(buyer, basket, key, **options)
        except requests.RequestException:
            return None
        if response.status_code == 503:
            assert code_of(response) == "service_unavailable", response.text
            return None
        assert response.status_code in (201, 409, 422), f"{response.status_code} {response.text}"
        return response


def problem(response: requests.Response) -> tuple[int, str]:
    """Status and code of a complete problem document."""
    document = response.json()
    assert response.headers["Content-Type"] == "application/problem+json", response.headers
    assert {"type", "title", "status", "detail", "code", "request_id"} <= set(document), document
    assert (document["status"], document["request_id"]) == (
        response.status_code,
        response.headers["X-Request-ID"],
    )
    return response.status_code, document["code"]


def is_unavailable(response: requests.Response, *services: str) -> bool:
    """Whether it is a 503 with Retry-After that names one of the services."""
    assert problem(response) == (503, "service_unavailable")
    assert response.json()["service"] in services
    return int(response.headers["Retry-After"]) > 0

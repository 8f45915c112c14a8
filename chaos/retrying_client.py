"""A client that retries until the response is definitive, and honours Retry-After."""

import time
from collections.abc import Callable
from typing import Any

import requests

from chaos.client_stats import ClientStats
from local_stack.shop_client import ShopClient, User, code_of, is_in_progress

TIMEOUT = (3.0, 6.5)
"""Seconds to connect and to read: slightly more than MAX_LATENCY, so that a slower response is
detected.
"""
RETRY_INTERVAL = 0.1
"""After a connection error."""
GATEWAY_ERRORS = {502, 504}
"""Responses of a gateway that could not connect, or whose connection broke."""


class RetryingClient:
    """Of one user. Not thread-safe."""

    def __init__(
        self,
        base: str,
        user: User,
        stats: ClientStats,
        keep_trying: Callable[[], bool],
        behind_gateway: bool = False,
    ) -> None:
        self._gateway_errors = GATEWAY_ERRORS if behind_gateway else set()
        self._base, self._user, self._stats, self._keep_trying = base, user, stats, keep_trying
        self._http = ShopClient({}, TIMEOUT)
        self._at_inventory = False
        self.tries = 0
        """Of the previous request."""

    def close(self) -> None:
        self._http.close()

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        key: str = "",
        base: str = "",
        accept_in_progress: bool = False,
    ) -> requests.Response | None:
        """The definitive response; None if there was none in time.

        `base` is for requests to inventory itself.
        """
        headers = {"Idempotency-Key": key} if key else {}
        self.tries, self._at_inventory = 0, bool(base)
        while True:
            self.tries += 1
            response, pause = self._try(
                method, f"{base or self._base}{path}", json=body, headers=headers
            )
            if response is not None:
                if accept_in_progress or not is_in_progress(response):
                    return response
                pause = self._retry_after(response)
            if not self._keep_trying():
                return None
            time.sleep(pause)

    def _try(self, method: str, url: str, **options: Any) -> tuple[requests.Response | None, float]:
        """The response if it is definitive, or else the pause before the next try."""
        self._stats.count(requests=1)
        started = time.monotonic()
        try:
            response = self._http.call(method, url, self._user, **options)
        except requests.RequestException as error:
            self._stats.count(**{self._kind(error): 1})
            return None, RETRY_INTERVAL
        self._stats.record_response(time.monotonic() - started)
        return self._check(response)

    def _kind(self, error: requests.RequestException) -> str:
        if self._at_inventory:
            return "inventory_errors"
        return (
            "timeouts"
            if isinstance(error, requests.Timeout) or "timed out" in str(error)
            else "connection_errors"
        )

    def _check(self, response: requests.Response) -> tuple[requests.Response | None, float]:
        if response.status_code in self._gateway_errors:
            self._stats.count(connection_errors=1)
            return None, RETRY_INTERVAL
        if response.status_code == 503:
            self._stats.count(unavailable=1)
            if (code := code_of(response)) != "service_unavailable":
                self._stats.record_unexpected(f"a 503 with {code or response.text[:200]!r}")
            return None, self._retry_after(response)
        return response, 0.0

    def _retry_after(self, response: requests.Response) -> float:
        try:
            return float(response.headers["Retry-After"])
        except (KeyError, ValueError):
            self._stats.record_unexpected(
                f"a {response.status_code} without a Retry-After in seconds"
            )
            return RETRY_INTERVAL

"""Reads a running system with a staff login, as records. Read-only."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import requests

from audit.errors import AuditError, LoginRejected
from audit.records import FailedTask, Movement, Order, Reservation, Stock
from local_stack.ports import service_urls
from local_stack.shop_client import ADMIN, JSON, PATHS, ShopClient, User

TIMEOUT = (3.0, 20.0)
RECOVERY_TIMEOUT = 15.0
"""Seconds for a service to come back once it has responded: it may be restarting."""
RETRY_INTERVAL = 0.25
UNREACHABLE = {502, 503, 504}
REFRESH_AFTER = 0.8
"""Share of a token's lifetime after which a new one is fetched."""

T = TypeVar("T")


class AuditClient:
    """A context manager. Not thread-safe."""

    def __init__(
        self,
        urls: Mapping[str, str],
        email: str = ADMIN["email"],
        password: str = ADMIN["password"],
    ) -> None:
        self._http = ShopClient(urls, TIMEOUT)
        self._login = {"email": email, "password": password}
        self._responsive: set[str] = set()
        """Services that have responded at least once."""
        self._staff = User("", email, "")
        self._refresh_at = 0.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """The system that the variables of `make up` describe. Raises StackError."""
        email = environment.get("ADMIN_EMAIL") or ADMIN["email"]
        return cls(
            service_urls(environment), email, environment.get("ADMIN_PASSWORD") or ADMIN["password"]
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def stocks(self) -> Iterator[Stock]:
        return self._rows("/api/inventory/", Stock.read)

    def stock(self, product_id: str) -> Stock | None:
        return self._row(f"/api/inventory/{product_id}/", Stock.read)

    def movements(self, product_id: str) -> Iterator[Movement]:
        """Newest first."""
        return self._rows(f"/api/inventory/{product_id}/movements/", Movement.read)

    def orders(self) -> Iterator[Order]:
        """By id, descending."""
        return self._rows("/api/orders/", Order.read)

    def order(self, order_id: str) -> Order | None:
        return self._row(f"/api/orders/{order_id}/", Order.read)

    def failed_tasks(self) -> Iterator[FailedTask]:
        return self._rows("/api/orders/outbox/", FailedTask.read, "failed=true")

    def reservations(self, status: str = "") -> Iterator[Reservation]:
        """By order id, descending."""
        query = f"status={status}" if status else ""
        return self._rows("/api/inventory/reservations/", Reservation.read, query)

    def reservation(self, order_id: str) -> Reservation | None:
        return self._row(f"/api/inventory/reservations/{order_id}/", Reservation.read)

    def order_url(self, order_id: str) -> str:
        return self._http.url(f"/api/orders/{order_id}/")

    def failed_tasks_url(self) -> str:
        return self._http.url("/api/orders/outbox/?failed=true")

    def reservation_url(self, order_id: str) -> str:
        return self._http.url(f"/api/inventory/reservations/{order_id}/")

    def stock_url(self, product_id: str) -> str:
        return self._http.url(f"/api/inventory/{product_id}/")

    def movements_url(self, product_id: str) -> str:
        return f"{self.stock_url(product_id)}movements/"

    def _rows(self, path: str, read: Callable[[JSON], T], query: str = "") -> Iterator[T]:
        """All rows of a list, page by page.

        Of `next` only the query is used: its host is the one that the service sees.
        """
        address = f"{path}?page_size=100" + (f"&{query}" if query else "")
        while address:
            page, url = self._get(address), self._http.url(address)
            if page is None:
                raise AuditError(f"There is no list at {url}: are the addresses correct?")
            yield from (
                _parse(read, row, url)
                for row in _parse(lambda found: list(found["results"]), page, url)
            )
            following = page.get("next")
            address = f"{path}?{urlsplit(str(following)).query}" if following else ""

    def _row(self, path: str, read: Callable[[JSON], T]) -> T | None:
        found = self._get(path)
        return None if found is None else _parse(read, found, self._http.url(path))

    def _get(self, path: str) -> JSON | None:
        """The JSON body, or None for 404."""
        response = self._send("GET", path, self._signed_in())
        if (
            response.status_code == 401
        ):  # the signing keys may have changed, or our clock may be wrong
            self._refresh_at = 0.0
            response = self._send("GET", path, self._signed_in())
        if response.status_code in (401, 403):
            message = f"{self._staff.email} may not read {response.url} ({response.status_code})"
            raise LoginRejected(f"{message}: is it a staff login?")
        if response.status_code == 404 and _is_problem(response):
            return None
        return _content(response)

    def _signed_in(self) -> User:
        if time.monotonic() >= self._refresh_at:
            sent_at = time.monotonic()
            response = self._send("POST", "/api/users/token/", json=self._login)
            if response.status_code in (400, 401, 429):
                message = f"The login {self._staff.email} is rejected by {response.url}"
                raise LoginRejected(f"{message} ({response.status_code}).")
            token, lifetime = _parse(_token, _content(response), response.url)
            self._staff = User("", self._staff.email, token)
            self._refresh_at = sent_at + lifetime * REFRESH_AFTER
        return self._staff

    def _send(
        self, method: str, path: str, user: User | None = None, **options: Any
    ) -> requests.Response:
        service = next(name for name, prefix in PATHS.items() if path.startswith(prefix))
        deadline = time.monotonic() + (RECOVERY_TIMEOUT if service in self._responsive else 0)
        while True:
            try:
                response = self._http.call(method, path, user, **options)
                if response.status_code not in UNREACHABLE:
                    self._responsive.add(service)
                    return response
                problem = f"responds with {response.status_code} at {self._http.url(path)}"
            except requests.RequestException:
                problem = f"does not respond at {self._http.urls[service]}"
            if time.monotonic() >= deadline:
                raise AuditError(f"The {service} service {problem}: is the system up?")
            time.sleep(RETRY_INTERVAL)


def _token(content: JSON) -> tuple[str, float]:
    return str(content["access"]), float(content["expires_in"])


def _content(response: requests.Response) -> JSON:
    if response.status_code != 200:
        raise AuditError(
            f"{response.url} responds with {response.status_code}, which the audit cannot use."
        )
    try:
        content = response.json()
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise AuditError(f"{response.url} does not respond with a JSON object.")
    return content


def _is_problem(response: requests.Response) -> bool:
    """Whether the service itself responded, and not something else at its address."""
    return response.headers.get("Content-Type", "").startswith("application/problem+json")


def _parse(read: Callable[[JSON], T], content: JSON, url: str) -> T:
    try:
        return read(content)
    except (KeyError, TypeError, ValueError) as error:
        raise AuditError(
            f"{url} responds with unexpected JSON ({type(error).__name__}: {error})."
        ) from error

"""A running system as staff see it. It is only read."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import requests

from proof.addresses import addresses
from proof.errors import LoginRefused, ShopError
from proof.rows import JSON, FailedTask, Movement, Order, Reservation, Stock

ADMIN_EMAIL, ADMIN_PASSWORD = "admin@example.com", "admin-password"
TIMEOUT = (3.0, 20.0)
PATIENCE = 15.0
"""Seconds that a service gets to come back, once it has answered: one that is being started again is no reason to give up."""
PAUSE = 0.25
OUT_OF_REACH = {502, 503, 504}
PART_OF_A_TOKENS_LIFE = 0.8

T = TypeVar("T")


class Shop:
    """A context manager over the connections it keeps. For one thread."""

    def __init__(self, urls: Mapping[str, str], email: str = ADMIN_EMAIL, password: str = ADMIN_PASSWORD) -> None:
        self._urls = dict(urls)
        self._login = {"email": email, "password": password}
        self._http = {name: _session() for name in urls}
        self._met: set[str] = set()
        self._token = ""
        self._renew_at = 0.0

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """The system that the variables of `make up` speak of."""
        email = environment.get("ADMIN_EMAIL") or ADMIN_EMAIL
        return cls(addresses(environment), email, environment.get("ADMIN_PASSWORD") or ADMIN_PASSWORD)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for session in self._http.values():
            session.close()

    # What there is

    def stocks(self) -> Iterator[Stock]:
        return self._rows("inventory", "/api/inventory/", Stock.read)

    def stock(self, product_id: str) -> Stock | None:
        return self._row("inventory", f"/api/inventory/{product_id}/", Stock.read)

    def movements(self, product_id: str) -> Iterator[Movement]:
        """Newest first."""
        return self._rows("inventory", f"/api/inventory/{product_id}/movements/", Movement.read)

    def orders(self) -> Iterator[Order]:
        """By id, from the largest down."""
        return self._rows("order", "/api/orders/", Order.read)

    def order(self, order_id: str) -> Order | None:
        return self._row("order", f"/api/orders/{order_id}/", Order.read)

    def failed_tasks(self) -> Iterator[FailedTask]:
        return self._rows("order", "/api/orders/outbox/", FailedTask.read, "failed=true")

    def reservations(self, status: str = "") -> Iterator[Reservation]:
        """By order id, from the largest down."""
        query = f"status={status}" if status else ""
        return self._rows("inventory", "/api/inventory/reservations/", Reservation.read, query)

    def reservation(self, order_id: str) -> Reservation | None:
        return self._row("inventory", f"/api/inventory/reservations/{order_id}/", Reservation.read)

    # Where to look at it

    def order_url(self, order_id: str) -> str:
        return f"{self._urls['order']}/api/orders/{order_id}/"

    def failed_tasks_url(self) -> str:
        return f"{self._urls['order']}/api/orders/outbox/?failed=true"

    def reservation_url(self, order_id: str) -> str:
        return f"{self._urls['inventory']}/api/inventory/reservations/{order_id}/"

    def stock_url(self, product_id: str) -> str:
        return f"{self._urls['inventory']}/api/inventory/{product_id}/"

    def movements_url(self, product_id: str) -> str:
        return f"{self.stock_url(product_id)}movements/"

    # How it is read

    def _rows(self, service: str, path: str, read: Callable[[JSON], T], query: str = "") -> Iterator[T]:
        """All of a list, page by page. `next` names the host as the service sees it: only its query is taken."""
        address = f"{path}?page_size=100" + (f"&{query}" if query else "")
        while address:
            page = self._get(service, address)
            yield from (_read(read, row, self._urls[service] + address) for row in _list_in(page, self._urls[service] + address))
            following = (page or {}).get("next")
            address = f"{path}?{urlsplit(str(following)).query}" if following else ""

    def _row(self, service: str, path: str, read: Callable[[JSON], T]) -> T | None:
        found = self._get(service, path)
        return None if found is None else _read(read, found, self._urls[service] + path)

    def _get(self, service: str, address: str) -> JSON | None:
        """The content, or None for 404."""
        answer = self._send(service, "GET", address, {"Authorization": f"Bearer {self._access()}"})
        if answer.status_code == 401:  # the keys may have changed, or our clock may be wrong
            self._renew_at = 0.0
            answer = self._send(service, "GET", address, {"Authorization": f"Bearer {self._access()}"})
        if answer.status_code in (401, 403):
            raise LoginRefused(f"{self._login['email']} may not read {answer.url} ({answer.status_code}): is it a staff login?")
        if answer.status_code == 404 and _is_problem(answer):
            return None
        return _content(answer)

    def _access(self) -> str:
        """A token that is still good for a while; the login itself is the simplest way to have a new one."""
        if time.monotonic() >= self._renew_at:
            asked = time.monotonic()
            answer = self._send("user", "POST", "/api/users/token/", {}, self._login)
            if answer.status_code in (400, 401, 429):
                raise LoginRefused(f"The login {self._login['email']} is refused by {answer.url} ({answer.status_code}).")
            content = _content(answer)
            self._token, lifetime = _read(lambda pair: (str(pair["access"]), float(pair["expires_in"])), content, answer.url)
            self._renew_at = asked + lifetime * PART_OF_A_TOKENS_LIFE
        return self._token

    def _send(self, service: str, method: str, address: str, headers: JSON, body: JSON | None = None) -> requests.Response:
        url = self._urls[service] + address
        until = time.monotonic() + (PATIENCE if service in self._met else 0)
        while True:
            try:
                answer = self._http[service].request(
                    method, url, headers=headers, json=body, timeout=TIMEOUT, allow_redirects=False
                )
                if answer.status_code not in OUT_OF_REACH:
                    self._met.add(service)
                    return answer
                problem = f"answers {answer.status_code} at {url}"
            except requests.RequestException:
                problem = f"does not answer at {self._urls[service]}"
            if time.monotonic() >= until:
                raise ShopError(f"The {service} service {problem}: is the system up?")
            time.sleep(PAUSE)


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxy and no .netrc between us and the system
    return session


def _content(answer: requests.Response) -> JSON:
    if answer.status_code != 200:
        raise ShopError(f"{answer.url} answers {answer.status_code}, which the audit cannot use.")
    try:
        content = answer.json()
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise ShopError(f"{answer.url} answers something else than a JSON object.")
    return content


def _is_problem(answer: requests.Response) -> bool:
    """Ours, rather than of something else that listens there."""
    return answer.headers.get("Content-Type", "").startswith("application/problem+json")


def _list_in(page: JSON | None, url: str) -> list[Any]:
    if page is None:
        raise ShopError(f"There is no list at {url}: are the addresses right?")
    return _read(lambda found: list(found["results"]), page, url)


def _read(read: Callable[[JSON], T], row: JSON, url: str) -> T:
    try:
        return read(row)
    except (KeyError, TypeError, ValueError) as error:
        raise ShopError(f"{url} answers something else than was expected ({type(error).__name__}: {error}).") from error

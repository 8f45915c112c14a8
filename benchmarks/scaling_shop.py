"""The measured requests: the first and the last page of each list, every get, and placing and
cancelling an order.
"""

import json
import random
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

from benchmarks import scaling_rows
from local_stack import Stack, StackError
from local_stack.services import ADMIN
from local_stack.topology import SERVICES

PASSWORD = "a-buyer-of-the-benchmark"  # noqa: S105  (of a user that exists for one run)
PATHS = {"users": "user", "products": "product", "inventory": "inventory", "orders": "order"}
IDS = 100
GETS = {
    "product": "/api/products/{product}/",
    "100 products by id": "/api/products/?ids={products}",
    "categories": "/api/products/categories/",
    "stock of a product": "/api/inventory/{product}/",
    "stock of 100 products": "/api/inventory/?product_ids={products}",
    "reservation": "/api/inventory/reservations/{order}/",
    "order": "/api/orders/{order}/",
    "events of an order": "/api/orders/{order}/events/",
    "notes of an order": "/api/orders/{order}/notes/",
    "account": "/api/users/{buyer}/",
    "own account": "/api/users/me/",
}
LISTS = {
    "products": "/api/products/",
    **{
        f"products by {name}": f"/api/products/?ordering={name}"
        for name in ("name", "-name", "price", "-price", "created_at")
    },
    "products of a category": "/api/products/?category=home/room-7",
    "products of a category by price": "/api/products/?category=home/room-7&ordering=price",
    "products between two prices": "/api/products/?min_price=100&max_price=500&ordering=price",
    "products below a price, descending by price": "/api/products/?max_price=500&ordering=-price",
    "stock": "/api/inventory/",
    "low stock": "/api/inventory/?low_stock=true",
    "ledger of a product with every tenth order": "/api/inventory/{first}/movements/",
    "receipts of that product": "/api/inventory/{first}/movements/?kind=receipt",
    "reservations": "/api/inventory/reservations/",
    "reservations held": "/api/inventory/reservations/?status=held",
    "orders": "/api/orders/",
    "orders to be sent": "/api/orders/?status=confirmed",
    "orders since a moment": "/api/orders/?created_after=2025-10-09T08:53:20Z",
    "orders of a product": "/api/orders/?product_id={first}",
    "orders of a buyer with every tenth": "/api/orders/?user_id={buyer}",
    "own orders, every tenth": "own:/api/orders/",
    "own orders to be sent": "own:/api/orders/?status=confirmed",
    "accounts": "/api/users/",
    "accounts of customers": "/api/users/?role=customer",
}
READS = [*GETS, *LISTS, *(f"{name}, last page" for name in LISTS)]
PLACING = ["placing an order", "cancelling it"]
SEARCHES = {
    "search of a word of every 20th product": "/api/products/?search=lamp",
    "search of two texts": "/api/products/?search=amber+lamp",
    "search of a SKU": "/api/products/?search=SCALING-{n}",
    "search with a typing error": "/api/products/?search=cuhsion",
    "search within a category": "/api/products/?search=lamp&category=home/room-7",
    "search in the order of prices": "/api/products/?search=lamp&ordering=price",
    "search of orders by number": "/api/orders/?search=SO-G{n}",
    "search of accounts": "/api/users/?search=person-{account}",
}
ENDS = {"uuid": ("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff")}
ENDS |= {
    "moment": ("0001-01-02 00:00:00+00:00", "9999-12-30 00:00:00+00:00"),
    "number": ("0", "9999999999"),
    "text": ("!", "~~~~"),
}


class ScalingShop:
    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._connections: dict[str, HTTPConnection] = {}
        for name in SERVICES:
            self._connections[name] = HTTPConnection(urlsplit(stack.url(name)).netloc, timeout=60)
        self._buyer = {"email": f"buyer-{uuid4().hex}@example.com", "password": PASSWORD}
        self._tokens: dict[str, str] = {}
        self.buyer_id = str(self.send("POST", "/api/users/", self._buyer)["id"])

    def begin(self, size: int) -> None:
        """Sign in, for 15 minutes, and find the last page of each list."""
        self._random, self._size = random.Random(1), size
        for connection in self._connections.values():
            # the service has closed it while the database was filled; it is reopened
            connection.close()
        staff = {"email": ADMIN["ADMIN_EMAIL"], "password": ADMIN["ADMIN_PASSWORD"]}
        for name, login in (("staff", staff), ("own", self._buyer)):
            self._tokens[name] = str(self.send("POST", "/api/users/token/", login)["access"])
        self._placed: list[str] = []
        self._paths = GETS | LISTS | SEARCHES
        self._paths |= {f"{name}, last page": self._last(path) for name, path in LISTS.items()}

    def timed(self, name: str) -> float:
        """The latency of a request in seconds."""
        if name == PLACING[0]:
            items = [{"product_id": scaling_rows.product(self._any()), "quantity": 1}]
            seconds, order = self._timed("POST", "own:/api/orders/", {"items": items})
            self._placed.append(order["id"])
            return seconds
        if name == PLACING[1]:
            return self._timed("POST", f"own:/api/orders/{self._placed.pop()}/cancel/")[0]
        return self._timed("GET", self._filled_in(self._paths[name]))[0]

    def send(self, method: str, path: str, body: Any = None) -> Mapping[str, Any]:
        """A `path` that begins with `own:` is requested by the buyer, others by staff."""
        who, _, path = path.rpartition(":") if path.startswith("own:") else ("staff", "", path)
        connection = self._connections[PATHS[path.split("/")[2].partition("?")[0]]]
        headers = {"Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {self._tokens[who]}"} if self._tokens else {}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        content = response.read()
        if response.status >= 300:
            raise StackError(f"{method} {path} answered {response.status}: {content[:300]!r}")
        return dict(json.loads(content))

    def _timed(self, method: str, path: str, body: Any = None) -> tuple[float, Mapping[str, Any]]:
        began = time.perf_counter()
        response = self.send(method, path, body)
        return time.perf_counter() - began, response

    def _any(self) -> int:
        return self._random.randint(1, self._size)

    def _filled_in(self, path: str) -> str:
        n = self._any()
        products = (
            ",".join(scaling_rows.product(self._any()) for _ in range(IDS))
            if "{products}" in path
            else ""
        )
        first, product, order = (
            scaling_rows.product(1),
            scaling_rows.product(n),
            scaling_rows.order(n),
        )
        return path.format(
            n=n,
            account=n // scaling_rows.ORDERS_OF_AN_ACCOUNT,
            product=product,
            products=products,
            order=order,
            buyer=self.buyer_id,
            first=first,
        )

    def _last(self, path: str) -> str:
        """The path of the last page, as following all `next` links would reach it."""
        path = self._filled_in(path)
        following = self.send("GET", path)["next"]
        if not following:
            return path
        columns = _position(following)["p"]
        for kept in range(len(columns)):  # columns that are equal in the whole list must stay
            for end in (0, 1):  # ascending or descending
                if last := self._last_page(
                    path, [*columns[:kept], *(_end(value, end) for value in columns[kept:])]
                ):
                    return _own(path) + _target(last)
        raise StackError(f"{path} has no last page.")

    def _last_page(self, path: str, position: list[str]) -> str | None:
        """The path of the page after which there is none, if `position` is beyond the list."""
        cursor = b64encode(
            urlencode([("r", "1"), *(("p", value) for value in position)]).encode()
        ).decode()
        try:
            page = self.send(
                "GET", path + ("&" if "?" in path else "?") + urlencode({"cursor": cursor})
            )
        except StackError:
            return None
        return (
            str(self.send("GET", _own(path) + _target(page["previous"]))["next"])
            if page["previous"]
            else None
        )


def _position(link: str) -> dict[str, list[str]]:
    return parse_qs(
        b64decode(parse_qs(urlsplit(link).query)["cursor"][0]).decode(), keep_blank_values=True
    )


def _own(path: str) -> str:
    return "own:" if path.startswith("own:") else ""


def _target(link: str) -> str:
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}"


def _end(value: str, end: int) -> str:
    """The smallest or largest value of its type; a boolean column has one value."""
    return value if value in ("True", "False") else ENDS[_kind(value)][end]


def _kind(value: str) -> str:
    if len(value) == 36 and value.count("-") == 4:
        return "uuid"
    if value[:4].isdigit() and value[4:5] == "-":
        return "moment"
    return "number" if value.replace(".", "", 1).isdigit() else "text"

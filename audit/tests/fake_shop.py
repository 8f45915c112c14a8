"""A fake of all services, in memory and over HTTP. A test can change any row."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from audit.client import AuditClient
from local_stack.fake_server import read_body

Row = dict[str, Any]

STAFF = {"email": "staff@example.com", "password": "a-good-password"}
TOKEN_LIFETIME = 900
PAGE = 3
"""Rows per page, whatever page_size is, so that a few rows make several pages."""
INTERNAL_HOST = "http://inside.example"


class FakeShop:
    def __init__(self) -> None:
        self.stock: dict[str, Row] = {}
        self.ledger: list[Row] = []
        self.orders: list[Row] = []
        self.reservations: list[Row] = []
        self.failed_tasks: list[Row] = []
        self.requests: list[str] = []
        self.logins = 0
        self.token = "first-token"
        self.before: Callable[[str], None] = lambda path: None
        """Called before each response: a concurrent change."""
        self.instead: Callable[[str], tuple[int, Any] | None] = lambda path: None
        """Overrides the response with a status and a body."""
        self._ids = 0

    def receive(self, quantity: int, product_id: str = "") -> str:
        product_id = product_id or self.new_id()
        self.stock.setdefault(product_id, {"product_id": product_id, "quantity": 0, "reserved": 0})
        self.move_stock(product_id, quantity, 0, None)
        return product_id

    def place(self, *items: tuple[str, int]) -> str:
        order_id = self.reserve(*items)
        self.save(order_id, *items)
        return order_id

    def reserve(self, *items: tuple[str, int]) -> str:
        order_id = self.new_id()
        for product_id, units in items:
            self.move_stock(product_id, 0, units, order_id)
        self.reservations.append({"order_id": order_id, "status": "held", "items": _items(items)})
        return order_id

    def save(self, order_id: str, *items: tuple[str, int]) -> None:
        number = f"SO-{len(self.orders) + 1:08d}"
        self.orders.append(
            {"id": order_id, "number": number, "status": "confirmed", "items": _items(items)}
        )

    def cancel(self, order_id: str) -> None:
        self.order(order_id)["status"] = "cancelled"
        self.release(order_id)

    def release(self, order_id: str) -> None:
        self._close(order_id, "released", back=True)

    def ship(self, order_id: str) -> None:
        self.order(order_id)["status"] = "shipped"
        self._close(order_id, "fulfilled", back=False)

    def order(self, order_id: str) -> Row:
        return next(row for row in self.orders if row["id"] == order_id)

    def reservation(self, order_id: str) -> Row:
        return next(row for row in self.reservations if row["order_id"] == order_id)

    def movements(self, product_id: str) -> list[Row]:
        return [row for row in self.ledger if row["product_id"] == product_id]

    def new_id(self) -> str:
        self._ids += 1
        return f"0198c5f2-0000-7000-8000-{self._ids:012x}"

    def _close(self, order_id: str, status: str, *, back: bool) -> None:
        reservation = self.reservation(order_id)
        reservation["status"] = status
        for item in reservation["items"]:
            units = item["quantity"]
            self.move_stock(item["product_id"], 0 if back else -units, -units, order_id)

    def move_stock(
        self, product_id: str, delta: int, reserved_delta: int, reference: str | None
    ) -> None:
        stock = self.stock[product_id]
        stock["quantity"] += delta - reserved_delta
        stock["reserved"] += reserved_delta
        change = {"delta": delta, "reserved_delta": reserved_delta, "reference": reference}
        after = {"quantity_after": stock["quantity"], "reserved_after": stock["reserved"]}
        self.ledger.append({"id": self.new_id(), "product_id": product_id} | change | after)

    def respond(self, method: str, address: str, token: str, body: Row) -> tuple[int, Any]:
        path, query = urlsplit(address).path, parse_qs(urlsplit(address).query)
        self.requests.append(address)
        self.before(path)
        if scripted := self.instead(path):
            return scripted
        if (method, path) == ("POST", "/api/users/token/"):
            return self._sign_in(body)
        if token != f"Bearer {self.token}":
            return 401, {"code": "invalid_token"}
        rows = self._rows(path, query)
        return _page(path, rows, query) if isinstance(rows, list) else _one(rows)

    def _sign_in(self, body: Row) -> tuple[int, Any]:
        if body != STAFF:
            return 401, {"code": "invalid_credentials"}
        self.logins += 1
        return 200, {
            "access": self.token,
            "refresh": "unused",
            "token_type": "Bearer",
            "expires_in": TOKEN_LIFETIME,
        }

    def _rows(self, path: str, query: dict[str, list[str]]) -> list[tuple[str, Row]] | Row | None:
        match path.strip("/").split("/")[1:]:
            case ["orders"]:
                return sorted(((row["id"], row) for row in self.orders), key=_id, reverse=True)
            case ["orders", "outbox"]:
                assert query["failed"] == ["true"]
                return sorted(
                    ((row["order_id"], row) for row in self.failed_tasks), key=_id, reverse=True
                )
            case ["orders", order_id]:
                return next((row for row in self.orders if row["id"] == order_id), None)
            case ["inventory"]:
                return sorted(self.stock.items())
            case ["inventory", "reservations"]:
                found = [
                    row
                    for row in self.reservations
                    if row["status"] in query.get("status", [row["status"]])
                ]
                return sorted(((row["order_id"], row) for row in found), key=_id, reverse=True)
            case ["inventory", "reservations", order_id]:
                return next((row for row in self.reservations if row["order_id"] == order_id), None)
            case ["inventory", product_id, "movements"] if product_id in self.stock:
                return sorted(
                    ((row["id"], row) for row in self.movements(product_id)), key=_id, reverse=True
                )
            case ["inventory", product_id]:
                return self.stock.get(product_id)
        return None

    def handle(self, request: BaseHTTPRequestHandler) -> tuple[int, bytes, dict[str, str]]:
        body = json.loads(read_body(request) or b"{}")
        status, content = self.respond(
            request.command, request.path, request.headers.get("Authorization", ""), body
        )
        if isinstance(content, bytes):
            return status, content, {"Content-Type": "text/html"}
        kind = "application/json" if status < 400 else "application/problem+json"
        return status, json.dumps(content).encode(), {"Content-Type": kind}


def opened(url: str, **login: str) -> AuditClient:
    return AuditClient(dict.fromkeys(("user", "inventory", "order"), url), **(STAFF | login))


def _id(pair: tuple[str, Row]) -> str:
    return pair[0]


def _items(items: tuple[tuple[str, int], ...]) -> list[Row]:
    return [{"product_id": product_id, "quantity": units} for product_id, units in items]


def _one(row: Row | None) -> tuple[int, Any]:
    return (404, {"code": "not_found"}) if row is None else (200, row)


def _page(path: str, rows: list[tuple[str, Row]], query: dict[str, list[str]]) -> tuple[int, Any]:
    """The cursor is the last row of the page, as in the services: rows added at the top shift
    nothing.
    """
    assert query["page_size"] == ["100"]
    ids = [row_id for row_id, _ in rows]
    begin = ids.index(query["cursor"][0]) + 1 if "cursor" in query else 0
    following = None
    if begin + PAGE < len(rows):
        rest = {name: values[0] for name, values in query.items()} | {
            "cursor": ids[begin + PAGE - 1]
        }
        following = f"{INTERNAL_HOST}{path}?{urlencode(rest)}"
    return 200, {
        "next": following,
        "previous": None,
        "results": [row for _, row in rows[begin : begin + PAGE]],
    }

"""Fakes of the upstream services, as strict as the services; test_contracts.py checks them."""

import threading
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID, uuid4

import jwt
from django.conf import settings
from fake_servers import Call

from chassis import service_tokens, tokens

Response = tuple[int, Any]


def _problem(status: int, code: str, **extra: Any) -> Response:
    return status, {
        "type": "/errors/",
        "title": "Error",
        "status": status,
        "detail": "Error.",
        "code": code,
        "request_id": "r",
        **extra,
    }


class FakeProductService:
    """The product service: `GET /api/products/?ids=`."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}

    def add(self, sku: str, price: str, name: str = "") -> str:
        row = {
            "id": str(uuid4()),
            "sku": sku,
            "name": name or f"A {sku.lower()}",
            "description": "",
            "price": price,
            "currency": "USD",
        }
        self.rows[row["id"]] = row | {"category": "", "image_url": "", "is_active": True}
        return row["id"]

    def __call__(self, call: Call) -> Response:
        url = urlsplit(call.path)
        wanted = parse_qs(url.query).get("ids", [""])[0].split(",")
        if (call.method, url.path) != ("GET", "/api/products/") or len(wanted) > 100:
            return _problem(400, "invalid")
        found = [
            row for row in reversed(self.rows.values()) if row["id"] in wanted and row["is_active"]
        ]
        return 200, {"next": None, "previous": None, "results": found}


class FakeInventoryService:
    """The inventory service: reservations, each order id decided once, rejections included."""

    def __init__(self) -> None:
        self.received: dict[str, int] = {}
        self.quantity: dict[str, int] = {}
        self.reservations: dict[str, tuple[str, dict[str, int]]] = {}
        """By order id: held, released or fulfilled, and the units by product."""
        self.moves: list[tuple[str, str]] = []
        """Changes of the stock: (verb, order id)."""
        self._lock = threading.Lock()

    def receive(self, product_id: str, quantity: int) -> None:
        self.received[product_id] = self.received.get(product_id, 0) + quantity
        self.quantity[product_id] = self.quantity.get(product_id, 0) + quantity

    def __call__(self, call: Call) -> Response:
        try:
            token = call.headers.get("Authorization", "").removeprefix("Bearer ")
            keys = {"order": settings.ORDER_TO_INVENTORY_KEY}
            if service_tokens.verify(token, keys=keys, audience="inventory") != (
                "order",
                "reservations:write",
            ):
                return _problem(403, "permission_denied")
        except jwt.PyJWTError:
            return _problem(401, "invalid_token")
        match [
            call.method,
            *call.path.removeprefix("/api/inventory/reservations/").rstrip("/").split("/"),
        ]:
            case ["PUT", order_id]:
                return self._locked(self._reserve, str(UUID(order_id)), call.body["items"])
            case ["DELETE", order_id]:
                return self._locked(self._release, str(UUID(order_id)))
            case ["POST", order_id, "fulfil"]:
                return self._locked(self._fulfil, str(UUID(order_id)))
        return _problem(404, "not_found")

    def _locked(self, function: Any, *args: Any) -> Response:
        with self._lock:
            response: Response = function(*args)
            return response

    def _reserve(self, order_id: str, rows: list[dict[str, Any]]) -> Response:
        items = {row["product_id"]: row["quantity"] for row in rows}
        status, held = self.reservations.get(order_id, ("", items))
        if status == "released":
            return _problem(409, "reservation_released")
        if held != items:
            return _problem(422, "reservation_mismatch")
        body = {
            "order_id": order_id,
            "status": status or "held",
            "items": rows,
            "created_at": "…",
            "updated_at": "…",
        }
        return (200, body) if status else self._hold(order_id, items, body)

    def _hold(self, order_id: str, items: dict[str, int], body: dict[str, Any]) -> Response:
        short = [
            {
                "product_id": product_id,
                "requested": units,
                "available": self.quantity.get(product_id, 0),
            }
            for product_id, units in items.items()
            if self.quantity.get(product_id, 0) < units
        ]
        if short:
            self.reservations[order_id] = ("released", {})
            return _problem(409, "insufficient_stock", items=short)
        for product_id, units in items.items():
            self.quantity[product_id] -= units
        self._decide(order_id, "held", items)
        return 201, body

    def _release(self, order_id: str) -> Response:
        status, items = self.reservations.get(order_id, ("", {}))
        if status == "fulfilled":
            return _problem(409, "reservation_fulfilled")
        if status == "held":
            for product_id, units in items.items():
                self.quantity[product_id] += units
            self.moves.append(("released", order_id))
        self.reservations[order_id] = ("released", items)
        return 204, None

    def _fulfil(self, order_id: str) -> Response:
        status, items = self.reservations.get(order_id, ("", {}))
        if not status:
            return _problem(404, "reservation_not_found")
        if status == "released":
            return _problem(409, "reservation_released")
        if status == "held":
            self._decide(order_id, "fulfilled", items)
        return 204, None

    def _decide(self, order_id: str, status: str, items: dict[str, int]) -> None:
        self.reservations[order_id] = (status, items)
        self.moves.append((status, order_id))

    def units(self, product_id: str, status: str = "held") -> int:
        return sum(
            items.get(product_id, 0)
            for state, items in self.reservations.values()
            if state == status
        )


class FakeUserService:
    """The user service: address books, search by staff, closed accounts."""

    def __init__(self) -> None:
        self.addresses: dict[str, tuple[str, dict[str, Any]]] = {}
        """By id: the owner and the address."""
        self.users: list[dict[str, Any]] = []
        self.closures: list[dict[str, str]] = []
        self.signed_out: set[str] = set()
        """Users whose sessions have ended, though their tokens have not expired."""

    def add_address(self, user_id: Any, **fields: str) -> str:
        address = {
            "name": "Ada",
            "line1": "1 Book Street",
            "line2": "",
            "city": "Bookton",
            "region": "",
        }
        address |= {"postal_code": "12345", "country": "US", "phone": ""} | fields
        address_id = str(uuid4())
        self.addresses[address_id] = (
            str(user_id),
            {"id": address_id, **address, "is_default": True},
        )
        return address_id

    def __call__(self, call: Call) -> Response:
        url = urlsplit(call.path)
        token = call.headers.get("Authorization", "").removeprefix("Bearer ")
        query = {name: value for name, (value, *_) in parse_qs(url.query).items()}
        if url.path == "/api/users/closed/":
            return self._closed(token, query)
        try:
            claims = tokens.verify(token)
        except tokens.InvalidToken:
            return _problem(401, "invalid_token")
        if claims["sub"] in self.signed_out:
            return _problem(401, "invalid_token")
        match url.path.strip("/").split("/"):
            case ["api", "users", "me", "addresses", address_id]:
                owner, address = self.addresses.get(address_id, ("", {}))
                return (
                    (200, address) if owner == claims["sub"] else _problem(404, "address_not_found")
                )
            case ["api", "users"] if claims["role"] == "staff":
                found = [
                    user for user in self.users if query["search"].lower() in user["email"].lower()
                ]
                return 200, {"next": None, "previous": None, "results": found}
        return _problem(403, "permission_denied")

    def _closed(self, token: str, query: dict[str, str]) -> Response:
        keys = {"order": settings.ORDER_TO_USER_KEY}
        if service_tokens.verify(token, keys=keys, audience="user") != ("order", "closures:read"):
            return _problem(403, "permission_denied")
        size = int(query["page_size"])
        after = datetime.fromisoformat(query["after"])
        rows = sorted(self.closures, key=lambda row: row["closed_at"])
        later = [row for row in rows if datetime.fromisoformat(row["closed_at"]) > after]
        begin = int(query.get("cursor", 0))
        more = f"after={quote(query['after'])}&page_size={size}&cursor={begin + size}"
        page = later[begin : begin + size]
        return 200, {
            "next": f"http://user/api/users/closed/?{more}" if len(later) > begin + size else None,
            "previous": None,
            "results": page,
        }

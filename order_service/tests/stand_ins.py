"""What the neighbours are when all goes well: small, and as strict as the real ones."""

import threading
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID, uuid4

import jwt
from django.conf import settings
from neighbours import Call

from chassis import service_tokens, tokens

Answer = tuple[int, Any]


def _no(status: int, code: str, **extra: Any) -> Answer:
    return status, {
        "type": "/errors/",
        "title": "No",
        "status": status,
        "detail": "No.",
        "code": code,
        "request_id": "r",
        **extra,
    }


class Catalogue:
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

    def __call__(self, call: Call) -> Answer:
        url = urlsplit(call.path)
        wanted = parse_qs(url.query).get("ids", [""])[0].split(",")
        if (call.method, url.path) != ("GET", "/api/products/") or len(wanted) > 100:
            return _no(400, "invalid")
        found = [
            row for row in reversed(self.rows.values()) if row["id"] in wanted and row["is_active"]
        ]
        return 200, {"next": None, "previous": None, "results": found}


class Stock:
    """The inventory service: reservations, each order id decided once, refusals included."""

    def __init__(self) -> None:
        self.received: dict[str, int] = {}
        self.quantity: dict[str, int] = {}
        self.reservations: dict[str, tuple[str, dict[str, int]]] = {}
        """By order id: held, released or fulfilled, and the units by product."""
        self.moves: list[tuple[str, str]] = []
        """What really changed the stock: (verb, order id)."""
        self._lock = threading.Lock()

    def receive(self, product_id: str, quantity: int) -> None:
        self.received[product_id] = self.received.get(product_id, 0) + quantity
        self.quantity[product_id] = self.quantity.get(product_id, 0) + quantity

    def __call__(self, call: Call) -> Answer:
        try:
            token = call.headers.get("Authorization", "").removeprefix("Bearer ")
            keys = {"order": settings.ORDER_TO_INVENTORY_KEY}
            if service_tokens.verify(token, keys=keys, audience="inventory") != (
                "order",
                "reservations:write",
            ):
                return _no(403, "permission_denied")
        except jwt.PyJWTError:
            return _no(401, "invalid_token")
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
        return _no(404, "not_found")

    def _locked(self, work: Any, *args: Any) -> Answer:
        with self._lock:
            answer: Answer = work(*args)
            return answer

    def _reserve(self, order_id: str, rows: list[dict[str, Any]]) -> Answer:
        items = {row["product_id"]: row["quantity"] for row in rows}
        status, held = self.reservations.get(order_id, ("", items))
        if status == "released":
            return _no(409, "reservation_released")
        if held != items:
            return _no(422, "reservation_mismatch")
        body = {
            "order_id": order_id,
            "status": status or "held",
            "items": rows,
            "created_at": "…",
            "updated_at": "…",
        }
        return (200, body) if status else self._hold(order_id, items, body)

    def _hold(self, order_id: str, items: dict[str, int], body: dict[str, Any]) -> Answer:
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
            return _no(409, "insufficient_stock", items=short)
        for product_id, units in items.items():
            self.quantity[product_id] -= units
        self._decide(order_id, "held", items)
        return 201, body

    def _release(self, order_id: str) -> Answer:
        status, items = self.reservations.get(order_id, ("", {}))
        if status == "fulfilled":
            return _no(409, "reservation_fulfilled")
        if status == "held":
            for product_id, units in items.items():
                self.quantity[product_id] += units
            self.moves.append(("released", order_id))
        self.reservations[order_id] = ("released", items)
        return 204, None

    def _fulfil(self, order_id: str) -> Answer:
        status, items = self.reservations.get(order_id, ("", {}))
        if not status:
            return _no(404, "reservation_not_found")
        if status == "released":
            return _no(409, "reservation_released")
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


class People:
    """The user service: address books, staff's search, and who closed an account."""

    def __init__(self) -> None:
        self.addresses: dict[str, tuple[str, dict[str, Any]]] = {}
        """By id: whose, and the address."""
        self.users: list[dict[str, Any]] = []
        self.closures: list[dict[str, str]] = []
        self.signed_out: set[str] = set()
        """Users whose logins are over, though their tokens have not expired."""

    def lives(self, user_id: Any, **facts: str) -> str:
        address = {
            "name": "Ada",
            "line1": "1 Book Street",
            "line2": "",
            "city": "Bookton",
            "region": "",
        }
        address |= {"postal_code": "12345", "country": "US", "phone": ""} | facts
        address_id = str(uuid4())
        self.addresses[address_id] = (
            str(user_id),
            {"id": address_id, **address, "is_default": True},
        )
        return address_id

    def __call__(self, call: Call) -> Answer:
        url = urlsplit(call.path)
        token = call.headers.get("Authorization", "").removeprefix("Bearer ")
        query = {name: value for name, (value, *_) in parse_qs(url.query).items()}
        if url.path == "/api/users/closed/":
            return self._closed(token, query)
        try:
            caller = tokens.verify(token)
        except tokens.InvalidToken:
            return _no(401, "invalid_token")
        if caller["sub"] in self.signed_out:
            return _no(401, "invalid_token")
        match url.path.strip("/").split("/"):
            case ["api", "users", "me", "addresses", address_id]:
                owner, address = self.addresses.get(address_id, ("", {}))
                return (200, address) if owner == caller["sub"] else _no(404, "address_not_found")
            case ["api", "users"] if caller["role"] == "staff":
                found = [
                    user for user in self.users if query["search"].lower() in user["email"].lower()
                ]
                return 200, {"next": None, "previous": None, "results": found}
        return _no(403, "permission_denied")

    def _closed(self, token: str, query: dict[str, str]) -> Answer:
        keys = {"order": settings.ORDER_TO_USER_KEY}
        if service_tokens.verify(token, keys=keys, audience="user") != ("order", "closures:read"):
            return _no(403, "permission_denied")
        size = int(query["page_size"])
        after = datetime.fromisoformat(query["after"])
        rows = sorted(self.closures, key=lambda row: row["closed_at"])
        later = [row for row in rows if datetime.fromisoformat(row["closed_at"]) > after]
        begin = int(query.get("cursor", 0))
        more = f"http://user/api/users/closed/?after={quote(query['after'])}&page_size={size}&cursor={begin + size}"
        page = later[begin : begin + size]
        return 200, {
            "next": more if len(later) > begin + size else None,
            "previous": None,
            "results": page,
        }

"""The phones: one class for each service that is called.

Two ways to fail: Unavailable (whether it was done is unknown) and a clear no, in our own words. Only what we use is read.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings

from chassis.crash_points import step
from chassis.http_client import HttpClient, Refused, Unavailable
from chassis.service_tokens import ServiceTokens
from orders.errors import InsufficientStock

Quantities = Mapping[UUID, int]
PRICE = re.compile(r"[0-9]{1,10}\.[0-9]{2}")
LONGEST_SKU, LONGEST_NAME = 64, 200
"""What an order's lines can hold; what does not fit is found out before anything is reserved for it."""


@dataclass(frozen=True, slots=True)
class Product:
    """What an order copies of a product."""

    id: UUID
    sku: str
    name: str
    price: Decimal


class ProductClient:
    def __init__(self, http: HttpClient) -> None:
        self._http = http

    @step("find products")
    def find(self, product_ids: Iterable[UUID], *, within: float) -> dict[UUID, Product]:
        """Those of the products that exist and are sold, at most 100. Raises Unavailable."""
        wanted = ",".join(map(str, product_ids))
        try:
            page = self._http.request("GET", f"/api/products/?ids={wanted}", within=within)
            return _products(page["results"])
        except (Refused, KeyError, TypeError, ValueError) as error:
            raise Unavailable(f"the product service answered nonsense: {error!r}") from error


class InventoryClient:
    def __init__(self, http: HttpClient) -> None:
        self._http = http

    @step("reserve")
    def reserve(self, order_id: UUID, quantities: Quantities, *, within: float) -> None:
        """Hold stock for an order, every line or none. Safe to repeat.

        Raises InsufficientStock, or Unavailable when the outcome is unknown.
        """
        items = [{"product_id": str(product_id), "quantity": units} for product_id, units in quantities.items()]
        try:
            answer = self._http.request("PUT", _path(order_id), {"items": items}, within=within)
        except Refused as refused:
            raise _shortage(refused, quantities) from refused
        if not isinstance(answer, dict) or (answer.get("order_id"), answer.get("status")) != (str(order_id), "held"):
            raise Unavailable("the inventory service answered nonsense")

    @step("release")
    def release(self, order_id: UUID, *, within: float) -> None:
        """Give the stock of an order back, and see that nothing is ever reserved for it. Safe to repeat. Raises Unavailable."""
        self._tell("DELETE", _path(order_id), within)

    @step("fulfil")
    def fulfil(self, order_id: UUID, *, within: float) -> None:
        """Take the units of an order out of the stock. Safe to repeat. Raises Unavailable."""
        self._tell("POST", f"{_path(order_id)}fulfil/", within)

    def _tell(self, method: str, path: str, within: float) -> None:
        try:
            answer = self._http.request(method, path, within=within)
        except Refused as refused:
            raise Unavailable(f"the inventory service refused {method} {path}: {refused.code}") from refused
        if answer is not None:
            raise Unavailable("the inventory service answered nonsense")


@cache
def products() -> ProductClient:
    return ProductClient(HttpClient("product", settings.PRODUCT_SERVICE_URL))


@cache
def inventory() -> InventoryClient:
    tokens = ServiceTokens(settings.SERVICE_AUTH_KEY, issuer=settings.SERVICE_NAME, audience="inventory")
    return InventoryClient(HttpClient("inventory", settings.INVENTORY_SERVICE_URL, token=tokens.current))


def _path(order_id: UUID) -> str:
    return f"/api/inventory/reservations/{order_id}/"


def _products(rows: Any) -> dict[UUID, Product]:
    """Raises KeyError, TypeError or ValueError for nonsense, which must not look like a product that is unknown."""
    if not isinstance(rows, list):
        raise TypeError("not a list of products")
    found = {product.id: product for product in map(_product, rows)}
    if len(found) != len(rows):
        raise ValueError("a product more than once")
    return found


def _product(row: Any) -> Product:
    if not PRICE.fullmatch(row["price"]) or row["currency"] != settings.SHOP_CURRENCY or row["is_active"] is not True:
        raise ValueError("not a product that can be sold")
    return Product(
        UUID(_text(row["id"], 36)), _text(row["sku"], LONGEST_SKU), _text(row["name"], LONGEST_NAME), Decimal(row["price"])
    )


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest or "\0" in value:
        raise ValueError("not a text that can be kept")
    return value


def _shortage(refused: Refused, quantities: Quantities) -> Exception:
    """Inventory's no as ours, if it is the one we know and makes sense for what we asked."""
    try:
        left = {UUID(item["product_id"]): item["available"] for item in refused.problem["items"]}
        known = refused.code == "insufficient_stock" and all(
            type(left[id]) is int and 0 <= left[id] < quantities[id] for id in left
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        known = False
    if not known or not left:
        return Unavailable(f"the inventory service refused: {refused.code}")
    return InsufficientStock([{"product_id": str(id), "requested": quantities[id], "available": left[id]} for id in left])

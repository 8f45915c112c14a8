"""The phones: one class for each service that is called.

Two ways to fail: Unavailable (whether it was done is unknown) and a clear no, in our own words. Only what we use is read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings

from chassis.http_client import HttpClient, Refused, Unavailable
from chassis.service_tokens import ServiceTokens
from orders.errors import InsufficientStock

Quantities = Mapping[UUID, int]


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

    def find(self, product_ids: Iterable[UUID], *, within: float) -> dict[UUID, Product]:
        """Those of the products that exist and are sold, at most 100. Raises Unavailable."""
        wanted = ",".join(map(str, product_ids))
        try:
            page = self._http.request("GET", f"/api/products/?ids={wanted}", within=within)
            found = [_product(row) for row in page["results"]]
        except (Refused, KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise Unavailable(f"the product service answered nonsense: {error!r}") from error
        return {product.id: product for product in found}


class InventoryClient:
    def __init__(self, http: HttpClient) -> None:
        self._http = http

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

    def release(self, order_id: UUID, *, within: float) -> None:
        """Give the stock of an order back, and see that nothing is ever reserved for it. Safe to repeat. Raises Unavailable."""
        self._tell("DELETE", _path(order_id), within)

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


def _product(row: Any) -> Product:
    price = Decimal(row["price"])
    if not price.is_finite() or price < 0 or row["currency"] != settings.SHOP_CURRENCY or row["is_active"] is not True:
        raise ValueError("not a product that can be sold")
    return Product(UUID(row["id"]), str(row["sku"]), str(row["name"]), price)


def _shortage(refused: Refused, quantities: Quantities) -> Exception:
    """Inventory's no as ours, if it is the one we know and is about what we asked for."""
    try:
        items = [{name: item[name] for name in ("product_id", "requested", "available")} for item in refused.problem["items"]]
        known = refused.code == "insufficient_stock" and {UUID(item["product_id"]) for item in items} <= quantities.keys()
    except (KeyError, TypeError, ValueError, AttributeError):
        known = False
    return InsufficientStock(items) if known and items else Unavailable(f"the inventory service refused: {refused.code}")

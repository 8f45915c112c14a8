"""Calls to the product service."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings

from chassis.failpoints import failpoint
from chassis.http_client import HttpClient, UpstreamError, UpstreamUnavailable
from orders.clients.reading import text

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

    @failpoint("find products")
    def find(self, product_ids: Iterable[UUID], *, timeout: float) -> dict[UUID, Product]:
        """The products that exist and are sold, at most 100. Raises UpstreamUnavailable."""
        wanted = ",".join(map(str, product_ids))
        try:
            page = self._http.request("GET", f"/api/products/?ids={wanted}", timeout=timeout)
            return _products(page["results"])
        except (UpstreamError, KeyError, TypeError, ValueError) as error:
            raise UpstreamUnavailable(
                f"the product service gave an invalid response: {error!r}"
            ) from error


def _products(rows: Any) -> dict[UUID, Product]:
    """Raises KeyError, TypeError or ValueError for nonsense, which must not look like a product that is unknown."""
    if not isinstance(rows, list):
        raise TypeError("not a list of products")
    found = {product.id: product for product in map(_product, rows)}
    if len(found) != len(rows):
        raise ValueError("a product more than once")
    return found


def _product(row: Any) -> Product:
    if (
        not PRICE.fullmatch(row["price"])
        or row["currency"] != settings.SHOP_CURRENCY
        or row["is_active"] is not True
    ):
        raise ValueError("not a product that can be sold")
    return Product(
        UUID(text(row["id"], 36)),
        text(row["sku"], LONGEST_SKU),
        text(row["name"], LONGEST_NAME),
        Decimal(row["price"]),
    )

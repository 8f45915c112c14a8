"""Client of the product service."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings

from chassis.failpoints import failpoint
from chassis.http_client import HttpClient, UpstreamError, UpstreamUnavailable
from orders.clients.validation import require_text

PRICE_RE = re.compile(r"[0-9]{1,10}\.[0-9]{2}")
MAX_SKU_LENGTH, MAX_NAME_LENGTH = 64, 200
"""The columns of an order line; checked here, before anything is reserved."""


@dataclass(frozen=True, slots=True)
class Product:
    """The fields that an order copies."""

    id: UUID
    sku: str
    name: str
    price: Decimal


class ProductClient:
    def __init__(self, http: HttpClient) -> None:
        self._http = http

    @failpoint("find products")
    def get_products(self, product_ids: Iterable[UUID], *, timeout: float) -> dict[UUID, Product]:
        """The active products among at most 100 ids. Raises UpstreamUnavailable."""
        ids = ",".join(map(str, product_ids))
        try:
            page = self._http.request("GET", f"/api/products/?ids={ids}", timeout=timeout)
            return _parse_products(page["results"])
        except (UpstreamError, KeyError, TypeError, ValueError) as error:
            raise UpstreamUnavailable(
                f"the product service gave an invalid response: {error!r}"
            ) from error


def _parse_products(rows: Any) -> dict[UUID, Product]:
    """Raises KeyError, TypeError or ValueError: an invalid row is no unknown product."""
    if not isinstance(rows, list):
        raise TypeError("not a list of products")
    products = {product.id: product for product in map(_parse_product, rows)}
    if len(products) != len(rows):
        raise ValueError("duplicate product")
    return products


def _parse_product(row: Any) -> Product:
    if (
        not PRICE_RE.fullmatch(row["price"])
        or row["currency"] != settings.SHOP_CURRENCY
        or row["is_active"] is not True
    ):
        raise ValueError("invalid product")
    return Product(
        UUID(require_text(row["id"], 36)),
        require_text(row["sku"], MAX_SKU_LENGTH),
        require_text(row["name"], MAX_NAME_LENGTH),
        Decimal(row["price"]),
    )

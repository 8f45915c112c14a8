"""Clients of the other services: one class for each.

They fail in two ways: UpstreamUnavailable (the outcome is unknown), or an error of orders.errors
(a definitive rejection). They read only the fields that we use.
"""

from functools import cache

from django.conf import settings

from chassis.http_client import HttpClient
from chassis.service_tokens import ServiceTokens
from orders.clients.inventory import InventoryClient, Quantities
from orders.clients.product import Product, ProductClient
from orders.clients.user import Address, ClosedAccountRow, UserClient

__all__ = [
    "Address",
    "ClosedAccountRow",
    "InventoryClient",
    "Product",
    "ProductClient",
    "Quantities",
    "UserClient",
]

CALL_TIMEOUT = 2.0
"""Seconds, for one call."""


@cache
def products() -> ProductClient:
    return ProductClient(HttpClient("product", settings.PRODUCT_SERVICE_URL))


@cache
def inventory() -> InventoryClient:
    tokens = _tokens(settings.ORDER_TO_INVENTORY_KEY, "inventory", "reservations:write")
    return InventoryClient(
        HttpClient("inventory", settings.INVENTORY_SERVICE_URL, token=tokens.current)
    )


@cache
def users() -> UserClient:
    tokens = _tokens(settings.ORDER_TO_USER_KEY, "user", "closures:read")
    return UserClient(HttpClient("user", settings.USER_SERVICE_URL, token=tokens.current))


def _tokens(key: str, audience: str, scope: str) -> ServiceTokens:
    return ServiceTokens(key, issuer=settings.SERVICE_NAME, audience=audience, scope=scope)

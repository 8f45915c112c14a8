"""Calls to other services: one class for each.

Two ways to fail: UpstreamUnavailable (the outcome is unknown), and an error of ours for a clear no.
Only the fields we use are read.
"""

from functools import cache

from django.conf import settings

from chassis.http_client import HttpClient
from chassis.service_tokens import ServiceTokens
from orders.clients.inventory import InventoryClient, Quantities
from orders.clients.product import Product, ProductClient
from orders.clients.user import Address, Closure, UserClient

__all__ = [
    "Address",
    "Closure",
    "InventoryClient",
    "Product",
    "ProductClient",
    "Quantities",
    "UserClient",
]


@cache
def products() -> ProductClient:
    return ProductClient(HttpClient("product", settings.PRODUCT_SERVICE_URL))


@cache
def inventory() -> InventoryClient:
    return InventoryClient(
        HttpClient(
            "inventory",
            settings.INVENTORY_SERVICE_URL,
            token=_tokens(
                settings.ORDER_TO_INVENTORY_KEY, "inventory", "reservations:write"
            ).current,
        )
    )


@cache
def users() -> UserClient:
    return UserClient(
        HttpClient(
            "user",
            settings.USER_SERVICE_URL,
            token=_tokens(settings.ORDER_TO_USER_KEY, "user", "closures:read").current,
        )
    )


def _tokens(key: str, audience: str, scope: str) -> ServiceTokens:
    return ServiceTokens(key, issuer=settings.SERVICE_NAME, audience=audience, scope=scope)

from functools import cache

from django.conf import settings

from chassis.http_client import HttpClient
from inventory.clients.product import ProductClient

__all__ = ["ProductClient"]


@cache
def products() -> ProductClient:
    return ProductClient(HttpClient("product", settings.PRODUCT_SERVICE_URL))

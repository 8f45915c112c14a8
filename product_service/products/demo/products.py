"""The demo products of products.json."""

import json
from pathlib import Path
from typing import Any, TypedDict

from django.conf import settings

from chassis.validation import validate
from demo_data import deterministic_uuid7, timestamp_of
from products import services
from products.api.serializers.products import ProductRequest
from products.demo import svg_placeholders
from products.models import Product

FILE = Path(__file__).with_name("products.json")


class Entry(TypedDict):
    sku: str
    name: str
    description: str
    price: str
    category: str
    shape: str
    colour: str


def entries() -> list[Entry]:
    return list(json.loads(FILE.read_text()))


def create(entry: Entry) -> bool:
    """False if the product exists, even if renamed or archived.

    Raises DuplicateSku if another product has the SKU.
    """
    product_id = deterministic_uuid7(entry["sku"])
    if Product.objects.filter(pk=product_id).exists():
        return False
    created_at = timestamp_of(product_id)
    generated = {"id": product_id, "created_at": created_at, "updated_at": created_at}
    services.create(**generated, **validate(ProductRequest, request_body(entry)))
    return True


def request_body(entry: Entry) -> dict[str, Any]:
    fields = {name: text for name, text in entry.items() if name not in ("shape", "colour")}
    return {**fields, "image_url": f"{settings.SHOP_URL}/pictures/{image_name(entry)}"}


def image(entry: Entry) -> str:
    return svg_placeholders.draw(name=entry["name"], shape=entry["shape"], colour=entry["colour"])


def image_name(entry: Entry) -> str:
    return f"{entry['sku']}.svg"

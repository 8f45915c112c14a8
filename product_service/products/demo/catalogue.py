"""The demo shop's products: as they are on file, and as they get into the catalogue."""

import json
from pathlib import Path
from typing import Any, TypedDict

from django.conf import settings

from chassis.validation import validate
from demo_data import moment_of, steady_id
from products import services
from products.api.serializers import ProductRequest
from products.demo import drawing
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


def add(entry: Entry) -> bool:
    """Whether it is new: what is there stays as it is, renamed, archived or whatever. Raises SkuTaken for one that is not ours."""
    product_id = steady_id(entry["sku"])
    if Product.objects.filter(pk=product_id).exists():
        return False
    made = moment_of(product_id)
    origin: dict[str, Any] = {"id": product_id, "created_at": made, "updated_at": made}
    services.create(**origin, **validate(ProductRequest, facts(entry)))
    return True


def facts(entry: Entry) -> dict[str, Any]:
    """What staff would send."""
    said = {name: text for name, text in entry.items() if name not in ("shape", "colour")}
    return {**said, "image_url": f"{settings.SHOP_URL}/pictures/{file_name(entry)}"}


def picture(entry: Entry) -> str:
    return drawing.draw(name=entry["name"], shape=entry["shape"], colour=entry["colour"])


def file_name(entry: Entry) -> str:
    return f"{entry['sku']}.svg"

"""The stock of the demo products."""

import json
from pathlib import Path
from typing import NotRequired, TypedDict

from django.db import transaction

from demo_data import deterministic_uuid7
from inventory import services
from inventory.models import Stock

FILE = Path(__file__).with_name("stock.json")
STAFF = str(deterministic_uuid7("mira@example.com"))


class DemoReceipt(TypedDict):
    sku: str
    received: int
    threshold: int
    damaged: NotRequired[int]
    """Units of `received` that are adjusted away."""


def load_receipts() -> list[DemoReceipt]:
    return list(json.loads(FILE.read_text()))


@transaction.atomic
def receive(receipt: DemoReceipt) -> bool:
    """False, and nothing is changed, if the product has stock already."""
    product_id = deterministic_uuid7(receipt["sku"])
    if Stock.objects.filter(pk=product_id).exists():
        return False
    services.receive(
        product_id=product_id, quantity=receipt["received"], actor=STAFF, note="First delivery"
    )
    services.set_threshold(product_id=product_id, low_stock_threshold=receipt["threshold"])
    if damaged := receipt.get("damaged"):
        services.adjust(
            product_id=product_id, delta=-damaged, reason="Damaged in transport", actor=STAFF
        )
    return True

"""The stock of the demo products."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from demo_data import deterministic_uuid7
from inventory import services
from inventory.demo import stock
from inventory.models import Movement, Stock
from tests.conftest import assert_ledger_matches_stock

RECEIPTS = stock.load_receipts()


def seed(*options: str) -> str:
    output = StringIO()
    call_command("seed_demo", *options, stdout=output)
    return output.getvalue()


def test_every_demo_receipt_is_of_a_different_product_and_leaves_stock():
    assert len({receipt["sku"] for receipt in RECEIPTS}) == len(RECEIPTS) == 200
    assert all(
        receipt["received"] > receipt.get("damaged", 0) >= 0 < receipt["threshold"]
        for receipt in RECEIPTS
    )


def test_seeding_receives_every_demo_receipt(db):
    assert seed() == "Stock …\nStock of 200 products, 200 of them new.\n"
    for receipt in RECEIPTS:
        row = Stock.objects.get(pk=deterministic_uuid7(receipt["sku"]))
        left = receipt["received"] - receipt.get("damaged", 0)
        assert (row.quantity, row.reserved, row.low_stock_threshold) == (
            left,
            0,
            receipt["threshold"],
        )
    assert_ledger_matches_stock()


def test_seeding_twice_changes_no_existing_stock(db):
    seed()
    product_id = deterministic_uuid7(RECEIPTS[0]["sku"])
    services.adjust(product_id=product_id, delta=1, reason="Found one", actor="staff")
    movements = Movement.objects.count()

    assert seed().endswith("Stock of 200 products, 0 of them new.\n")
    assert (
        Stock.objects.get(pk=product_id).quantity
        == RECEIPTS[0]["received"] - RECEIPTS[0].get("damaged", 0) + 1
    )
    assert Movement.objects.count() == movements


def test_seeding_continues_after_an_interruption(db):
    for receipt in RECEIPTS[:80]:
        stock.receive(receipt)
    assert seed().endswith("Stock of 200 products, 120 of them new.\n")


def test_seeding_in_production_needs_force(db, monkeypatch):
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(CommandError, match=r"^ENVIRONMENT is production"):
        seed()
    assert not Stock.objects.exists()
    seed("--force")
    assert Stock.objects.count() == 200

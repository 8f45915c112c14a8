"""The demo shop's stock: received once, with its row in the ledger."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from demo_data import deterministic_uuid7
from inventory import services
from inventory.demo import delivery
from inventory.models import Movement, Stock
from tests.conftest import assert_ledger_is_right

RECEIPTS = delivery.receipts()


def seeded(*options: str) -> str:
    said = StringIO()
    call_command("seed_demo", *options, stdout=said)
    return said.getvalue()


def test_every_receipt_is_of_another_product_and_leaves_something():
    assert len({receipt["sku"] for receipt in RECEIPTS}) == len(RECEIPTS) == 200
    assert all(
        receipt["received"] > receipt.get("damaged", 0) >= 0 < receipt["threshold"]
        for receipt in RECEIPTS
    )


def test_seeding_receives_all_of_it(db):
    assert seeded() == "Stock …\nStock of 200 products, 200 of them new.\n"
    for receipt in RECEIPTS:
        row = Stock.objects.get(pk=deterministic_uuid7(receipt["sku"]))
        left = receipt["received"] - receipt.get("damaged", 0)
        assert (row.quantity, row.reserved, row.low_stock_threshold) == (
            left,
            0,
            receipt["threshold"],
        )
    assert_ledger_is_right()


def test_seeding_twice_doubles_nothing_and_leaves_changed_stock_alone(db):
    seeded()
    product_id = deterministic_uuid7(RECEIPTS[0]["sku"])
    services.adjust(product_id=product_id, delta=1, reason="Found one", actor="somebody")
    movements = Movement.objects.count()

    assert seeded().endswith("Stock of 200 products, 0 of them new.\n")
    assert (
        Stock.objects.get(pk=product_id).quantity
        == RECEIPTS[0]["received"] - RECEIPTS[0].get("damaged", 0) + 1
    )
    assert Movement.objects.count() == movements


def test_seeding_goes_on_where_it_was_interrupted(db):
    for receipt in RECEIPTS[:80]:
        delivery.receive(receipt)
    assert seeded().endswith("Stock of 200 products, 120 of them new.\n")


def test_a_shop_in_earnest_is_left_alone_unless_it_has_to_be(db, monkeypatch):
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(CommandError, match=r"^ENVIRONMENT is production"):
        seeded()
    assert not Stock.objects.exists()
    seeded("--force")
    assert Stock.objects.count() == 200

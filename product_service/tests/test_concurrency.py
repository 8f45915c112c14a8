"""Concurrent writes: threads with connections of their own."""

from collections import Counter
from decimal import Decimal

import pytest
from conftest import outcomes_of

from products import services
from products.errors import StaleProductVersion
from products.models import Product

pytestmark = pytest.mark.django_db(transaction=True)


def test_optimistic_locking_rejects_one_of_two_changes_of_a_version(product):
    for round_ in range(10):
        lamp = product(f"LAMP-{round_}")

        outcomes = outcomes_of(
            lambda lamp=lamp: services.update(product_id=lamp.pk, versions={1}, name="Floor lamp"),
            lambda lamp=lamp: services.update(
                product_id=lamp.pk, versions={1}, price=Decimal("5.00")
            ),
        )

        lamp.refresh_from_db()
        assert sorted(outcomes) == ["StaleProductVersion", "done"]
        assert (lamp.version, lamp.name == "Floor lamp", lamp.price == Decimal("5.00")) == (
            2,
            outcomes[0] == "done",
            outcomes[1] == "done",
        )


def test_concurrent_changes_of_different_fields_are_both_stored(product):
    for round_ in range(10):
        lamp = product(f"LAMP-{round_}")

        outcomes_of(
            lambda lamp=lamp: services.update(product_id=lamp.pk, name="Floor lamp"),
            lambda lamp=lamp: services.update(product_id=lamp.pk, price=Decimal("5.00")),
        )

        lamp.refresh_from_db()
        assert (lamp.name, lamp.price, lamp.version) == ("Floor lamp", Decimal("5.00"), 3)


def test_optimistic_locking_prevents_lost_updates_of_a_counter(product):
    lamp = product("COUNTER", price="0.00")

    def count_up_once() -> None:
        while True:
            seen = Product.objects.get(pk=lamp.pk)
            try:
                services.update(product_id=lamp.pk, versions={seen.version}, price=seen.price + 1)
            except StaleProductVersion:
                continue
            return

    assert Counter(outcomes_of(*[count_up_once] * 6)) == {"done": 6}
    lamp.refresh_from_db()
    assert (lamp.price, lamp.version) == (Decimal("6.00"), 7)


def test_one_of_many_concurrent_creations_of_a_sku_succeeds(db):
    outcomes = outcomes_of(
        *[lambda: services.create(sku="LAMP", name="Lamp", price=Decimal(1))] * 8
    )

    assert Counter(outcomes) == {"done": 1, "DuplicateSku": 7}
    assert Product.objects.count() == 1


def test_concurrent_swaps_of_skus_are_rejected(product):
    """They may deadlock; PostgreSQL then cancels one of them, which is a 503 for its client."""
    lamp, chair = product("LAMP"), product("CHAIR")

    outcomes = outcomes_of(
        lambda: services.update(product_id=lamp.pk, sku="CHAIR"),
        lambda: services.update(product_id=chair.pk, sku="LAMP"),
    )

    assert Counter(outcomes) in (
        Counter(DuplicateSku=2),
        Counter(DuplicateSku=1, OperationalError=1),
    )
    assert set(Product.objects.values_list("sku", "version")) == {("LAMP", 1), ("CHAIR", 1)}

"""Real threads with real connections, let go at once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import OperationalError, connections

from products import services
from products.errors import ProductChanged, SkuTaken
from products.models import Product

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], Any]) -> list[str]:
    """Does all of them at the same time; how each ended: `done`, or the name of what it raised."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], Any]) -> str:
        try:
            barrier.wait(timeout=10)
            work()
        except (ProductChanged, SkuTaken, OperationalError) as refusal:
            return type(refusal).__name__
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_of_two_who_change_the_same_version_one_is_told_that_he_is_late(product):
    for round_ in range(10):
        lamp = product(f"LAMP-{round_}")

        outcomes = at_once(
            lambda lamp=lamp: services.change(product_id=lamp.pk, versions={1}, name="Floor lamp"),
            lambda lamp=lamp: services.change(
                product_id=lamp.pk, versions={1}, price=Decimal("5.00")
            ),
        )

        lamp.refresh_from_db()
        assert sorted(outcomes) == ["ProductChanged", "done"]
        assert (lamp.version, lamp.name == "Floor lamp", lamp.price == Decimal("5.00")) == (
            2,
            outcomes[0] == "done",
            outcomes[1] == "done",
        )


def test_two_who_change_different_facts_without_looking_lose_neither(product):
    for round_ in range(10):
        lamp = product(f"LAMP-{round_}")

        at_once(
            lambda lamp=lamp: services.change(product_id=lamp.pk, name="Floor lamp"),
            lambda lamp=lamp: services.change(product_id=lamp.pk, price=Decimal("5.00")),
        )

        lamp.refresh_from_db()
        assert (lamp.name, lamp.price, lamp.version) == ("Floor lamp", Decimal("5.00"), 3)


def test_readers_who_write_what_they_read_plus_one_lose_no_count(product):
    lamp = product("COUNTER", price="0.00")

    def count_up_once() -> None:
        while True:
            seen = Product.objects.get(pk=lamp.pk)
            try:
                services.change(product_id=lamp.pk, versions={seen.version}, price=seen.price + 1)
            except ProductChanged:
                continue
            return

    assert Counter(at_once(*[count_up_once] * 6)) == {"done": 6}
    lamp.refresh_from_db()
    assert (lamp.price, lamp.version) == (Decimal("6.00"), 7)


def test_of_many_who_create_the_same_sku_one_gets_it(db):
    outcomes = at_once(*[lambda: services.create(sku="LAMP", name="Lamp", price=Decimal(1))] * 8)

    assert Counter(outcomes) == {"done": 1, "SkuTaken": 7}
    assert Product.objects.count() == 1


def test_two_who_want_to_swap_their_skus_are_both_refused(product):
    """Each waits for the other if they meet at the wrong moment; PostgreSQL then breaks one of them off, a 503 to its caller."""
    lamp, chair = product("LAMP"), product("CHAIR")

    outcomes = at_once(
        lambda: services.change(product_id=lamp.pk, sku="CHAIR"),
        lambda: services.change(product_id=chair.pk, sku="LAMP"),
    )

    assert Counter(outcomes) in (Counter(SkuTaken=2), Counter(SkuTaken=1, OperationalError=1))
    assert set(Product.objects.values_list("sku", "version")) == {("LAMP", 1), ("CHAIR", 1)}

"""Processes killed while orders are being placed. Clients repeat their keys; then the books have to balance."""

from uuid import uuid4

import pytest

from integration_tests import books
from integration_tests.load import under_load
from integration_tests.shop import Person, Shop, expect, is_refused_for_now
from integration_tests.timing import at_once
from local_stack import Stack

KILLS = 2
UNITS = 1_000_000

pytestmark = pytest.mark.usefixtures("mended")


@pytest.mark.parametrize("names", [("order", "worker"), ("product",), ("inventory",)], ids="-".join)
def test_parts_are_killed_again_and_again(stack: Stack, shop: Shop, staff: Person, crowd: list[Person], names: list[str]) -> None:
    left, right = received = {shop.stocked(staff, UNITS): UNITS, shop.stocked(staff, UNITS): UNITS}

    with under_load(shop, crowd, [{left: 1}, {left: 1, right: 2}, {right: 3, left: 1}]) as load:
        for _ in range(KILLS):
            load.wait_for_progress()
            at_once([lambda name=name: stack.kill(name) for name in names])
            for name in names:
                stack.wait_ready(name)
        load.wait_for_progress()

    books.check(shop, staff, received, load.placed)


def test_postgresql_freezes(stack: Stack, shop: Shop, staff: Person, buyer: Person) -> None:
    product_id = shop.stocked(staff, 10)

    stack.freeze("postgres")
    try:
        assert is_refused_for_now(shop.order_in_time(buyer, {product_id: 1}, uuid4().hex), "database")
    finally:
        stack.resume("postgres")

    placed = shop.order_until_decided(buyer, {product_id: 1}, uuid4().hex)
    books.check(shop, staff, {product_id: 10}, [expect(201, placed)])


def test_postgresql_is_killed(stack: Stack, shop: Shop, staff: Person, crowd: list[Person]) -> None:
    """All four databases crash and recover; what was answered with 201 has to be on disk."""
    product_id = shop.stocked(staff, UNITS)

    with under_load(shop, crowd, [{product_id: 1}]) as load:
        load.wait_for_progress()
        stack.kill("postgres")
        stack.wait_ready("postgres")
        load.wait_for_progress()

    books.check(shop, staff, {product_id: UNITS}, load.placed)

"""Compares orders, reservations, stock and ledger with the responses that clients received."""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from integration_tests.concurrency import wait_until
from integration_tests.shop import Shop, Stock, User, units_of

RECOVERY_TIMEOUT = 60.0
"""Seconds for the order worker to repair everything."""


def check(
    shop: Shop, staff: User, received: Mapping[str, int], placed: Iterable[Mapping[str, Any]]
) -> None:
    """`received` are units by product, `placed` the 201 responses, one per key, all confirmed."""
    orders = {order["id"]: units_of(order) for order in placed}
    sold = Counter[str]()
    for basket in orders.values():
        sold.update(basket)
    expected = {
        product_id: Stock(units - sold[product_id], sold[product_id])
        for product_id, units in received.items()
    }

    def stock() -> dict[str, Stock]:
        return {product_id: shop.stock(product_id) for product_id in received}

    with suppress(AssertionError):  # the next line has the better message
        wait_until(lambda: stock() == expected, RECOVERY_TIMEOUT, every=0.25)
    assert stock() == expected
    lists = {
        "id": "/api/orders/?status=confirmed",
        "order_id": "/api/inventory/reservations/?status=held",
    }
    for key, path in lists.items():
        rows = {row[key]: units_of(row) for row in shop.rows(f"{path}&page_size=100", staff)}
        assert {
            order_id: units for order_id, units in rows.items() if units.keys() & set(received)
        } == orders
    for product_id, stock_row in expected.items():
        ledger = sum(
            row["delta"]
            for row in shop.rows(f"/api/inventory/{product_id}/movements/?page_size=100", staff)
        )
        assert ledger == stock_row.quantity + stock_row.reserved

"""Whether orders, reservations and stock agree, as far as clients and staff can see."""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from integration_tests.shop import Person, Shop, Stock
from integration_tests.timing import wait_until

CAUGHT_UP = 60.0
"""Seconds within which the order worker has to have mended everything."""

Order = dict[str, Any]


def check(shop: Shop, staff: Person, received: Mapping[str, int], placed: Iterable[Order]) -> None:
    """`received` are units by product, `placed` the 201s that clients got, one for each key; nothing else was done with them.

    Waits for the stock to agree, which it does once nothing hangs any more, and then looks at everything.
    """
    orders = {order["id"]: order for order in placed}
    sold = Counter[str]()
    for order in orders.values():
        sold.update(_units(order))
    due = {product_id: Stock(units - sold[product_id], sold[product_id]) for product_id, units in received.items()}
    with suppress(AssertionError):  # the next line says better what is wrong
        wait_until(lambda: _stock(shop, received) == due, CAUGHT_UP, every=0.25)
    assert _stock(shop, received) == due
    assert _known_orders(shop, staff, received) == {order_id: _units(order) for order_id, order in orders.items()}
    assert _held(shop, staff, received) == {order_id: _units(order) for order_id, order in orders.items()}
    for product_id, stock in due.items():
        ledger = sum(row["delta"] for row in shop.rows(f"/api/inventory/{product_id}/movements/?page_size=100", staff))
        assert ledger == stock.quantity + stock.reserved


def _stock(shop: Shop, products: Iterable[str]) -> dict[str, Stock]:
    return {product_id: shop.stock(product_id) for product_id in products}


def _known_orders(shop: Shop, staff: Person, products: Iterable[str]) -> dict[str, dict[str, int]]:
    rows = shop.rows("/api/orders/?page_size=100&status=confirmed", staff)
    return {row["id"]: _units(row) for row in rows if _units(row).keys() & set(products)}


def _held(shop: Shop, staff: Person, products: Iterable[str]) -> dict[str, dict[str, int]]:
    rows = shop.rows("/api/inventory/reservations/?page_size=100&status=held", staff)
    return {row["order_id"]: _units(row) for row in rows if _units(row).keys() & set(products)}


def _units(row: Mapping[str, Any]) -> dict[str, int]:
    """Units by product of an order or a reservation."""
    return {item["product_id"]: item["quantity"] for item in row["items"]}

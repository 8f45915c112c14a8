"""Compares stock, orders and stored responses with what the clients of a workload received."""

import time
from collections import Counter
from collections.abc import Mapping

from chaos.client_stats import ClientStats, PlacedOrder, RejectedOrder
from chaos.order_scenarios import Products
from chaos.retrying_client import RetryingClient
from chaos.staff_client import StaffClient
from local_stack.shop_client import JSON, Stock, units_of

POLL_INTERVAL = 0.25
MAX_REPLAYS = 12
REPLAY_TIMEOUT = 10.0


class Reconciliation:
    """Of one workload."""

    def __init__(
        self,
        staff: StaffClient,
        products: Products,
        units: Mapping[str, int],
        since: str,
        stats: ClientStats,
    ) -> None:
        """`units` is the stock at the start, which was at `since`."""
        self._staff, self._products, self._units, self._since, self._stats = (
            staff,
            products,
            units,
            since,
            stats,
        )

    def settle(self, deadline: float) -> list[str]:
        """Wait until the stock is as expected, then compare the orders. Returns the differences."""
        while (differences := self.stock_differences()) and time.monotonic() < deadline:
            time.sleep(POLL_INTERVAL)
        return differences + self.order_differences()

    def stock_differences(self) -> list[str]:
        expected, found = self._expected_stock(), self._staff.stock_levels(self._products)
        return [
            f"product {product_id} has {_plain(found.get(product_id))} instead of quantity, "
            f"reserved {_plain(stock)}"
            for product_id, stock in expected.items()
            if found.get(product_id) != stock
        ]

    def order_differences(self) -> list[str]:
        expected = {placed.id: placed for placed in self._stats.placed.values()}
        found = {
            row["id"]: row
            for row in self._staff.orders(self._since)
            if units_of(row).keys() & set(self._products)
        }
        differences = [
            f"LOST: order {order_id}, for which a client has a 201"
            for order_id in expected.keys() - found.keys()
        ]
        differences += [
            f"order {order_id} exists, but no client has a 201 for it"
            for order_id in found.keys() - expected.keys()
        ]
        for order_id in expected.keys() & found.keys():
            differences += _differences(expected[order_id], found[order_id])
        if len(expected) != len(self._stats.placed):
            differences.append("two keys have the same order")
        return differences

    def _expected_stock(self) -> dict[str, Stock]:
        left, reserved = Counter(self._units), Counter[str]()
        left.update(self._stats.received)
        for placed in self._stats.placed.values():
            if placed.status != "cancelled":
                left.subtract(placed.basket)
            if placed.status == "confirmed":
                reserved.update(placed.basket)
        return {
            product_id: Stock(left[product_id], reserved[product_id])
            for product_id in self._products
        }


def replay_differences(url: str, staff: StaffClient, stats: ClientStats) -> list[str]:
    """Repeats decided keys, most tries first: the stored response must be returned."""
    decided: dict[str, PlacedOrder | RejectedOrder] = {**stats.placed, **stats.rejected}
    chosen = sorted(decided.items(), key=lambda item: -item[1].tries)[:MAX_REPLAYS]
    return [
        difference for key, earlier in chosen for difference in _replay(url, staff, key, earlier)
    ]


def _replay(
    url: str, staff: StaffClient, key: str, earlier: PlacedOrder | RejectedOrder
) -> list[str]:
    deadline = time.monotonic() + REPLAY_TIMEOUT
    client = RetryingClient(
        url, staff.buyers[earlier.buyer], ClientStats(), lambda: time.monotonic() < deadline
    )
    try:
        response = client.send("POST", "/api/orders/", earlier.body, key)
    finally:
        client.close()
    if response is None:
        return [f"key {key} has no response any more"]
    expected = (201, earlier.id) if isinstance(earlier, PlacedOrder) else (earlier.status, None)
    found = (response.status_code, response.json().get("id"))
    if found != expected or response.headers.get("Idempotency-Replayed") != "true":
        return [f"key {key} is replayed as {found} instead of {expected}"]
    return []


def _differences(placed: PlacedOrder, row: JSON) -> list[str]:
    basket = units_of(row)
    if (row["status"], basket) == (placed.status, placed.basket):
        return []
    return [
        f"order {placed.id} is {row['status']} with {basket} instead of {placed.status} with "
        f"{placed.basket}"
    ]


def _plain(stock: Stock | None) -> tuple[int, ...] | None:
    return stock and tuple(stock)

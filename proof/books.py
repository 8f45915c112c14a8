"""Whether stock and orders are what clients were told, to the unit."""

import time
from collections import Counter
from typing import Any, NamedTuple

from proof.client import JSON
from proof.staff import Staff
from proof.tally import Placed, Tally
from proof.wishes import Goods

EVERY = 0.25
REPLAYED = 15
"""So many keys are sent once more when all is over."""


class Amounts(NamedTuple):
    quantity: int
    reserved: int


class Books:
    """Of one load."""

    def __init__(self, staff: Staff, goods: Goods, units: dict[str, int], since: str, tally: Tally) -> None:
        """`units` are what there was at the beginning, which was at `since`."""
        self._staff, self._goods, self._units, self._since, self._tally = staff, goods, units, since, tally

    def settle(self, until: float) -> list[str]:
        """Wait until the stock is right, and then look at the orders. Returns what is wrong."""
        while (faults := self.stock_faults()) and time.monotonic() < until:
            time.sleep(EVERY)
        return faults + self.order_faults()

    def stock_faults(self) -> list[str]:
        due, found = self._due(), self._staff.amounts(list(self._goods))
        return [
            f"product {product_id} has {found.get(product_id)} instead of quantity, reserved {tuple(due[product_id])}"
            for product_id in self._goods
            if found.get(product_id) != tuple(due[product_id])
        ]

    def order_faults(self) -> list[str]:
        expected = {placed.id: placed for placed in self._tally.placed.values()}
        found = {row["id"]: row for row in self._staff.orders(self._since) if self._is_ours(row)}
        faults = [
            f"LOST: order {order_id}, which a client has a 201 for, is not there" for order_id in expected.keys() - found.keys()
        ]
        faults += [f"order {order_id} is there, and no client has a 201 for it" for order_id in found.keys() - expected.keys()]
        for order_id in expected.keys() & found.keys():
            faults += _differences(expected[order_id], found[order_id])
        if len(expected) != len(self._tally.placed):
            faults.append("two keys have been given the same order")
        return faults

    def _due(self) -> dict[str, Amounts]:
        left, reserved = Counter(self._units), Counter[str]()
        left.update(self._tally.received)
        for placed in self._tally.placed.values():
            if placed.status != "cancelled":
                left.subtract(placed.basket)
            if placed.status == "confirmed":
                reserved.update(placed.basket)
        return {product_id: Amounts(left[product_id], reserved[product_id]) for product_id in self._goods}

    def _is_ours(self, row: JSON) -> bool:
        return any(item["product_id"] in self._goods for item in row["items"])


def _differences(placed: Placed, row: dict[str, Any]) -> list[str]:
    basket = {item["product_id"]: item["quantity"] for item in row["items"]}
    if (row["status"], basket) == (placed.status, placed.basket):
        return []
    return [f"order {placed.id} is {row['status']} with {basket} instead of {placed.status} with {placed.basket}"]

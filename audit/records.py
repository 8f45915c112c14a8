"""The fields that the audit reads, as compact tuples: a shop may have very many orders."""

from collections import Counter
from typing import NamedTuple, Self

from local_stack.shop_client import JSON

Quantities = tuple[tuple[str, int], ...]
"""Units by product id, in product_id order, each product once."""


class Stock(NamedTuple):
    product_id: str
    quantity: int
    reserved: int

    @classmethod
    def read(cls, row: JSON) -> Self:
        return cls(row["product_id"], int(row["quantity"]), int(row["reserved"]))


class Movement(NamedTuple):
    """A row of the ledger.

    `delta` is of quantity + reserved, `reserved_delta` the change of `reserved`.
    """

    id: str
    delta: int
    reserved_delta: int
    quantity_after: int
    reserved_after: int
    reference: str | None
    """The order id, if the row belongs to an order."""

    @classmethod
    def read(cls, row: JSON) -> Self:
        return cls(
            row["id"],
            int(row["delta"]),
            int(row["reserved_delta"]),
            int(row["quantity_after"]),
            int(row["reserved_after"]),
            row["reference"],
        )


class Order(NamedTuple):
    id: str
    number: str
    status: str
    quantities: Quantities

    @classmethod
    def read(cls, row: JSON) -> Self:
        return cls(row["id"], row["number"], row["status"], _quantities(row))


class Reservation(NamedTuple):
    order_id: str
    status: str
    quantities: Quantities

    @classmethod
    def read(cls, row: JSON) -> Self:
        return cls(row["order_id"], row["status"], _quantities(row))

    def held(self) -> Quantities:
        return self.quantities if self.status == "held" else ()


class FailedTask(NamedTuple):
    """An outbox task that inventory rejected and the order service gave up."""

    order_id: str
    verb: str
    last_error: str

    @classmethod
    def read(cls, row: JSON) -> Self:
        return cls(row["order_id"], row["verb"], row["last_error"])


def _quantities(row: JSON) -> Quantities:
    """Of an order or a reservation. Quantities of equal products are added up."""
    units = Counter[str]()
    for item in row["items"]:
        units[item["product_id"]] += int(item["quantity"])
    return tuple(sorted(units.items()))

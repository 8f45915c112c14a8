"""What is ordered: baskets that fit, and some that have to be refused."""

from typing import NamedTuple

from proof.client import JSON
from proof.tally import Basket

WRONG_TOTAL = "0.01"
UNKNOWN = "00000000-0000-7000-8000-00000000dead"


class Goods(NamedTuple):
    """The products of one load, which nobody else buys."""

    left: str
    right: str
    scarce: str


def wish(goods: Goods, number: int) -> tuple[Basket, JSON, set[str]]:
    """What the number-th order is of, what else is said, and which refusals make sense."""
    left, right, scarce = goods
    short = {"insufficient_stock"}
    wishes: list[tuple[Basket, JSON, set[str]]] = [
        ({left: 1}, {}, set()),
        ({right: 1, left: 2}, {}, set()),
        ({scarce: 2}, {}, short),
        ({left: 3}, {}, set()),
        ({left: 1, right: 2}, {}, set()),
        ({left: 1, UNKNOWN: 1}, {}, {"product_not_found"}),
        ({right: 1}, {}, set()),
        ({scarce: 1, left: 1}, {}, short),
        ({left: 1}, {"expected_total": WRONG_TOTAL}, {"price_changed"}),
        ({right: 2, left: 2}, {}, set()),
        ({left: 1}, {}, set()),
    ]
    return wishes[number % len(wishes)]


def order_body(basket: Basket, facts: JSON) -> JSON:
    return {"items": [{"product_id": product_id, "quantity": units} for product_id, units in basket.items()]} | facts

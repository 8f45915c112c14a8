"""The orders of a workload: valid ones, and some that have to be rejected."""

from typing import NamedTuple

from local_stack.shop_client import JSON, Basket

WRONG_TOTAL = "0.01"
UNKNOWN = "00000000-0000-7000-8000-00000000dead"


class Products(NamedTuple):
    """The product ids of one workload; no other workload orders them."""

    left: str
    right: str
    scarce: str


class OrderScenario(NamedTuple):
    basket: Basket
    fields: JSON
    """Further fields of the request."""
    error_codes: set[str]
    """The permitted error codes."""


def order_scenario(products: Products, number: int) -> OrderScenario:
    """The number-th order of a workload."""
    left, right, scarce = products
    out_of_stock = {"insufficient_stock"}
    scenarios: list[tuple[Basket, JSON, set[str]]] = [
        ({left: 1}, {}, set()),
        ({right: 1, left: 2}, {}, set()),
        ({scarce: 2}, {}, out_of_stock),
        ({left: 3}, {}, set()),
        ({left: 1, right: 2}, {}, set()),
        ({left: 1, UNKNOWN: 1}, {}, {"product_not_found"}),
        ({right: 1}, {}, set()),
        ({scarce: 1, left: 1}, {}, out_of_stock),
        ({left: 1}, {"expected_total": WRONG_TOTAL}, {"price_changed"}),
        ({right: 2, left: 2}, {}, set()),
        ({left: 1}, {}, set()),
    ]
    return OrderScenario(*scenarios[number % len(scenarios)])

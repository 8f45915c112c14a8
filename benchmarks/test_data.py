"""The products that every target sells."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

PLENTY = 1_000_000_000
"""Units of each product, sufficient for any benchmark."""
NOUNS = [
    "basket",
    "bench",
    "bottle",
    "bowl",
    "carpet",
    "chair",
    "clock",
    "cupboard",
    "cushion",
    "kettle",
]
NOUNS += ["ladder", "lamp", "mirror", "mug", "plate", "shelf", "sofa", "stool", "table", "vase"]
ADJECTIVES = [
    "amber",
    "black",
    "blue",
    "brown",
    "copper",
    "green",
    "grey",
    "ivory",
    "oak",
    "pine",
    "purple",
    "red",
    "silver",
    "white",
]


def products(count: int) -> list[dict[str, Any]]:
    """The fields of a request to create the product."""
    return [
        {
            "sku": f"BENCH-{n:05}",
            "name": f"{ADJECTIVES[n % len(ADJECTIVES)]} {NOUNS[n % len(NOUNS)]} {n}",
            "price": f"{n % 90 + 9}.99",
        }
        for n in range(1, count + 1)
    ]


def rows(count: int) -> Iterator[tuple[str, str, str, str]]:
    """Rows of a baseline's table: id, SKU, name, price."""
    for n, product in enumerate(products(count), 1):
        yield product_id(n), product["sku"], product["name"], product["price"]


def product_id(n: int) -> str:
    """The id of the n-th product of a baseline.

    The last twelve digits are a number that pgbench can generate.
    """
    return str(UUID(f"00000000-0000-7000-8000-{FIRST_NUMBER + n}"))


FIRST_NUMBER = 100_000_000_000


def _name(n: int) -> str:
    return f"{ADJECTIVES[n % len(ADJECTIVES)]} {NOUNS[n % len(NOUNS)]} {n}"

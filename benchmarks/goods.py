"""The catalogue that every contender sells."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

PLENTY = 1_000_000_000
"""Units of each product: enough for any benchmark."""
KINDS = ["basket", "bench", "bottle", "bowl", "carpet", "chair", "clock", "cupboard", "cushion", "kettle"]
KINDS += ["ladder", "lamp", "mirror", "mug", "plate", "shelf", "sofa", "stool", "table", "vase"]
LOOKS = ["amber", "black", "blue", "brown", "copper", "green", "grey", "ivory", "oak", "pine", "purple", "red", "silver", "white"]


def facts(count: int) -> list[dict[str, Any]]:
    """What staff would type in."""
    return [
        {"sku": f"BENCH-{n:05}", "name": f"{LOOKS[n % len(LOOKS)]} {KINDS[n % len(KINDS)]} {n}", "price": f"{n % 90 + 9}.99"}
        for n in range(1, count + 1)
    ]


def rows(count: int) -> Iterator[tuple[str, str, str, str]]:
    """For a yardstick's tables: id, SKU, name, price."""
    for n, product in enumerate(facts(count), 1):
        yield numbered(n), product["sku"], product["name"], product["price"]


def numbered(n: int) -> str:
    """The id of the n-th product of a yardstick. Its last twelve digits are a number, which pgbench can draw."""
    return str(UUID(f"00000000-0000-7000-8000-{FIRST + n}"))


FIRST = 100_000_000_000

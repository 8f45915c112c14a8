"""Fills a shop through its public API: products, stock, buyers, orders.

Works with every version of the system.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks import test_data
from local_stack import StackError
from local_stack.shop_client import ADMIN, PASSWORD, ShopClient, User, expect
from local_stack.topology import HOST

BUYERS = 8
IMPORT_ROWS = 1000
"""Rows per import: few, so that a large import does not affect the measured memory."""
TIMEOUT = (10.0, 120.0)


class BenchmarkShop(ShopClient):
    def __init__(self, ports: Mapping[str, int], tokens: Sequence[str] = ()) -> None:
        super().__init__({name: f"http://{HOST}:{port}" for name, port in ports.items()}, TIMEOUT)
        self._emails: list[str] = []
        self.tokens = list(tokens)

    def register_buyers(self) -> None:
        self._emails = [self.register().email for _ in range(BUYERS)]

    def refresh_tokens(self) -> None:
        """Tokens are valid for 15 minutes."""
        self.tokens = [self.token(email, PASSWORD) for email in self._emails]

    def fill(self, products: int) -> list[str]:
        """Import products with sufficient stock; return their ids."""
        staff = User("", "", self.token(**ADMIN))
        for rows in _batches(test_data.products(products)):
            self._import("/api/products/import/", rows, staff)
        ids = [row["id"] for row in self.rows("/api/products/?page_size=100")]
        for batch in _batches(ids):
            self._import(
                "/api/inventory/import/",
                [{"product_id": id, "quantity": test_data.PLENTY} for id in batch],
                staff,
            )
        return ids

    def place_orders(self, product_id: str, count: int) -> None:
        for _ in range(count):
            expect(201, self.order(User("", "", self.tokens[0]), {product_id: 1}))

    def newest_orders(self) -> list[tuple[str, str]]:
        """The newest orders of each buyer: (id, the buyer's token)."""
        pages = [
            (expect(200, self.get("/api/orders/?page_size=100", User("", "", token))), token)
            for token in self.tokens
        ]
        return [(order["id"], token) for page, token in pages for order in page["results"]]

    def _import(self, path: str, rows: list[Any], staff: User) -> None:
        if errors := expect(200, self.post(path, staff, json=rows)).get("errors"):
            raise StackError(f"POST {path} rejected rows: {str(errors)[:300]}")


def _batches(rows: list[Any]) -> list[list[Any]]:
    return [rows[start : start + IMPORT_ROWS] for start in range(0, len(rows), IMPORT_ROWS)]

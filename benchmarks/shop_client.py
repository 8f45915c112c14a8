"""A shop reached through its API alone: catalogue, stock, buyers, orders. Any version of the system can be filled so."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import requests

from benchmarks import goods
from local_stack import StackError
from local_stack.services import ADMIN
from local_stack.topology import HOST

BUYERS = 8
PASSWORD = "a-buyer-of-the-benchmark"  # noqa: S105  (of buyers that live for one run)
IMPORT_ROWS = 1000
"""Rows of an import: few, so that no worker is measured with the memory of a large one."""
PAGE_SIZE = 100
TIMEOUT = 120.0


class ShopClient:
    def __init__(self, ports: Mapping[str, int], tokens: Sequence[str] = ()) -> None:
        self._ports = ports
        self._emails: list[str] = []
        self.tokens = list(tokens)

    def register_buyers(self) -> None:
        self._emails = [f"buyer-{uuid4().hex}@example.com" for _ in range(BUYERS)]
        for email in self._emails:
            self._post("user", "/api/users/", {"email": email, "password": PASSWORD})

    def sign_in(self) -> None:
        """All buyers; tokens are valid for 15 minutes."""
        self.tokens = [self._token(email, PASSWORD) for email in self._emails]

    def fill(self, products: int) -> list[str]:
        """Import so many products with plenty of stock; return their ids."""
        staff = self._token(ADMIN["ADMIN_EMAIL"], ADMIN["ADMIN_PASSWORD"])
        for rows in _batches(goods.facts(products)):
            self._post("product", "/api/products/import/", rows, staff)
        ids = self._ids("product", "/api/products/")
        for batch in _batches(ids):
            rows = [{"product_id": id, "quantity": goods.PLENTY} for id in batch]
            self._post("inventory", "/api/inventory/import/", rows, staff)
        return ids

    def place_orders(self, product_id: str, count: int) -> None:
        """One after the other, with no header of a trace."""
        body = {"items": [{"product_id": product_id, "quantity": 1}]}
        for _ in range(count):
            self._post("order", "/api/orders/", body, self.tokens[0])

    def orders(self) -> list[tuple[str, str]]:
        """The newest orders of each buyer: (id, the buyer's token)."""
        path = f"/api/orders/?page_size={PAGE_SIZE}"
        pages = [(self._get("order", path, token), token) for token in self.tokens]
        return [(order["id"], token) for page, token in pages for order in page["results"]]

    def _ids(self, service: str, path: str) -> list[str]:
        ids: list[str] = []
        following = f"{path}?page_size={PAGE_SIZE}"
        while following:
            page = self._get(service, following)
            ids += [row["id"] for row in page["results"]]
            following = path + "?" + page["next"].partition("?")[2] if page["next"] else ""
        return ids

    def _token(self, email: str, password: str) -> str:
        login = {"email": email, "password": password}
        return str(self._post("user", "/api/users/token/", login)["access"])

    def _get(self, service: str, path: str, token: str = "") -> dict[str, Any]:
        return self._request("GET", service, path, None, token)

    def _post(self, service: str, path: str, body: Any, token: str = "") -> dict[str, Any]:
        return self._request("POST", service, path, body, token)

    def _request(self, method: str, service: str, path: str, body: Any, token: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"http://{HOST}:{self._ports[service]}{path}"
        response = requests.request(method, url, json=body, headers=headers, timeout=TIMEOUT)
        if response.status_code >= 300 or response.json().get("errors"):
            text = f"{response.status_code}: {response.text[:300]}"
            raise StackError(f"{method} {path} answered {text}")
        return dict(response.json())


def _batches(rows: list[Any]) -> list[list[Any]]:
    return [rows[start : start + IMPORT_ROWS] for start in range(0, len(rows), IMPORT_ROWS)]

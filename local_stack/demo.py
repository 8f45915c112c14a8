"""`make demo`: runs the README's sample flow against the running system and prints each request and
response.
"""

import os
import sys
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import requests

from local_stack import env_file, ports
from local_stack.errors import StackError
from local_stack.http_trace import HTTPTrace
from local_stack.shop_client import ADMIN, JSON, ShopClient, order_body

TIMEOUT = (2.0, 15.0)
PASSWORD = "a-long-walk-home"  # noqa: S105  (of a user that exists for one run)
NO_SUCH_PRODUCT = "00000000-0000-7000-8000-000000000000"


class Demo:
    def __init__(
        self, environment: Mapping[str, str], client: ShopClient, trace: HTTPTrace
    ) -> None:
        self._login = {
            key: environment.get(f"ADMIN_{key.upper()}") or default
            for key, default in ADMIN.items()
        }
        self._client, self._trace = client, trace
        self._stock: list[tuple[str, int, int]] = []

    def run(self) -> None:
        staff = self._sign_in("Staff sign in", **self._login)
        buyer = self._new_buyer()
        product = self._new_product(staff)
        self._order(buyer, product)
        self._order_what_does_not_exist(buyer)
        self._order_too_many(buyer, product)
        self._trace.title("Stock, before and after")
        self._trace.table(("", "quantity", "reserved"), self._stock)

    def _new_buyer(self) -> str:
        email = f"buyer-{uuid4().hex[:12]}@example.com"
        self._trace.title("A buyer registers")
        self._call("POST", "/api/users/", {"email": email, "password": PASSWORD}, expect=201)
        return self._sign_in("The buyer signs in", email, PASSWORD)

    def _sign_in(self, title: str, email: str, password: str) -> str:
        self._trace.title(title)
        response = self._call("POST", "/api/users/token/", {"email": email, "password": password})
        return _text(response, "access")

    def _new_product(self, staff: str) -> JSON:
        self._trace.title("Staff create a product")
        wanted = {"sku": f"LAMP-{uuid4().hex[:8]}", "name": "Desk lamp", "price": "19.99"}
        product = self._call("POST", "/api/products/", wanted, token=staff, expect=201)
        self._require(product, **wanted)
        self._trace.title("Staff receive ten of it")
        receipt = {"product_id": _text(product, "id"), "quantity": 10}
        stock = self._call("POST", "/api/inventory/", receipt, token=staff, expect=201)
        self._record_stock("received", stock, quantity=10, reserved=0)
        return product

    def _order(self, buyer: str, product: JSON) -> None:
        self._trace.title("The buyer orders two")
        order = self._place(buyer, product["id"], 2, expect=201)
        line = {
            "product_id": product["id"],
            "sku": product["sku"],
            "name": "Desk lamp",
            "unit_price": "19.99",
        }
        line |= {"quantity": 2, "line_total": "39.98"}
        self._require(order, status="confirmed", items=[line], total="39.98")
        self._trace.title("The stored order")
        stored = self._call("GET", f"/api/orders/{_text(order, 'id')}/", token=buyer)
        self._require(stored, **order)
        self._trace.title("The stock: eight are available, two are reserved")
        self._show_stock("2 ordered", product, quantity=8, reserved=2)

    def _order_what_does_not_exist(self, buyer: str) -> None:
        self._trace.title("A product that does not exist is rejected")
        rejected = self._place(buyer, NO_SUCH_PRODUCT, 1, expect=422)
        self._require(rejected, code="product_not_found")

    def _order_too_many(self, buyer: str, product: JSON) -> None:
        self._trace.title("Insufficient stock is rejected, and nothing is reserved")
        rejected = self._place(buyer, product["id"], 9, expect=409)
        self._require(rejected, code="insufficient_stock")
        self._show_stock("9 more rejected", product, quantity=8, reserved=2)

    def _place(self, buyer: str, product_id: str, quantity: int, *, expect: int) -> JSON:
        body, key = order_body({product_id: quantity}), {"Idempotency-Key": uuid4().hex}
        return self._call("POST", "/api/orders/", body, token=buyer, headers=key, expect=expect)

    def _show_stock(self, when: str, product: JSON, *, quantity: int, reserved: int) -> None:
        stock = self._call("GET", f"/api/inventory/{product['id']}/")
        self._record_stock(when, stock, quantity=quantity, reserved=reserved)

    def _record_stock(self, when: str, stock: JSON, *, quantity: int, reserved: int) -> None:
        self._require(stock, quantity=quantity, reserved=reserved)
        self._stock.append((when, quantity, reserved))

    def _call(
        self,
        method: str,
        path: str,
        body: JSON | None = None,
        *,
        token: str = "",
        headers: Mapping[str, str] | None = None,
        expect: int = 200,
    ) -> JSON:
        url = self._client.url(path)
        headers = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        self._trace.request(method, url, body, headers)
        try:
            response = self._client.call(method, path, json=body, headers=headers)
        except requests.RequestException as error:
            raise StackError(f"{url} does not respond: is the system up (make up)?") from error
        content = _content(response)
        self._trace.response(response.status_code, response.reason, content)
        if response.status_code != expect:
            reason = content.get("detail") or "no reason given"
            raise StackError(
                f"{method} {url} responded with {response.status_code}, not {expect}: {reason}"
            )
        return content

    def _require(self, content: JSON, **expected: Any) -> None:
        for name, value in expected.items():
            if content.get(name) != value:
                raise StackError(
                    f"The response should have {name} {value!r}, not {content.get(name)!r}."
                )


def _content(response: requests.Response) -> JSON:
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _text(content: JSON, name: str) -> str:
    if not isinstance(text := content.get(name), str):
        raise StackError(f"The response has no {name}.")
    return text


def run(environment: Mapping[str, str]) -> None:
    """Raises StackError at the first unexpected response."""
    coloured = sys.stdout.isatty() and not environment.get("NO_COLOR")
    with ShopClient(ports.service_urls(environment), TIMEOUT) as client:
        Demo(environment, client, HTTPTrace(coloured=coloured)).run()


if __name__ == "__main__":
    try:
        env_file.load(os.environ)
        run(os.environ)
    except StackError as failure:
        sys.exit(str(failure))

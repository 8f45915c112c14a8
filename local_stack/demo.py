"""`make demo`: runs the README's sample flow against the running system and prints each request and response."""

import os
import sys
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import requests

from local_stack import ports
from local_stack.errors import StackError
from local_stack.http_trace import HTTPTrace
from local_stack.services import ADMIN
from local_stack.topology import SERVICES

TIMEOUT = (2.0, 15.0)
PASSWORD = "a-long-walk-home"  # noqa: S105  (of a user that exists for one run)
NO_SUCH_PRODUCT = "00000000-0000-7000-8000-000000000000"

JSON = dict[str, Any]


class Demo:
    def __init__(self, environment: Mapping[str, str], http: requests.Session, transcript: HTTPTrace) -> None:
        self._urls = _addresses(environment)
        self._admin = {name: environment.get(name) or default for name, default in ADMIN.items()}
        self._http = http
        self._transcript = transcript
        self._stock: list[tuple[str, int, int]] = []

    def run(self) -> None:
        staff = self._sign_in("Staff sign in", self._admin["ADMIN_EMAIL"], self._admin["ADMIN_PASSWORD"])
        buyer = self._new_buyer()
        product = self._new_product(staff)
        self._order(buyer, product)
        self._order_what_does_not_exist(buyer)
        self._order_too_many(buyer, product)
        self._transcript.title("Stock, before and after")
        self._transcript.table(("", "quantity", "reserved"), self._stock)

    def _new_buyer(self) -> str:
        email = f"buyer-{uuid4().hex[:12]}@example.com"
        self._transcript.title("A buyer registers")
        self._call("POST", "user", "/api/users/", {"email": email, "password": PASSWORD}, expect=201)
        return self._sign_in("The buyer signs in", email, PASSWORD)

    def _sign_in(self, title: str, email: str, password: str) -> str:
        self._transcript.title(title)
        answer = self._call("POST", "user", "/api/users/token/", {"email": email, "password": password})
        return _text(answer, "access")

    def _new_product(self, staff: str) -> JSON:
        self._transcript.title("Staff create a product")
        wanted = {"sku": f"LAMP-{uuid4().hex[:8]}", "name": "Desk lamp", "price": "19.99"}
        product = self._call("POST", "product", "/api/products/", wanted, token=staff, expect=201)
        self._require(product, **wanted)
        self._transcript.title("Staff receive ten of it")
        receipt = {"product_id": _text(product, "id"), "quantity": 10}
        stock = self._call("POST", "inventory", "/api/inventory/", receipt, token=staff, expect=201)
        self._note_stock("received", stock, quantity=10, reserved=0)
        return product

    def _order(self, buyer: str, product: JSON) -> None:
        self._transcript.title("The buyer orders two")
        order = self._place(buyer, product["id"], 2, expect=201)
        line = {"product_id": product["id"], "sku": product["sku"], "name": "Desk lamp", "unit_price": "19.99"}
        line |= {"quantity": 2, "line_total": "39.98"}
        self._require(order, status="confirmed", items=[line], total="39.98")
        self._transcript.title("The order, read again")
        again = self._call("GET", "order", f"/api/orders/{_text(order, 'id')}/", token=buyer)
        self._require(again, **order)
        self._transcript.title("The stock: eight can be sold, two are reserved")
        self._look_at_stock("2 ordered", product, quantity=8, reserved=2)

    def _order_what_does_not_exist(self, buyer: str) -> None:
        self._transcript.title("A product that does not exist: refused")
        refused = self._place(buyer, NO_SUCH_PRODUCT, 1, expect=422)
        self._require(refused, code="product_not_found")

    def _order_too_many(self, buyer: str, product: JSON) -> None:
        self._transcript.title("More than there is: refused, and nothing is held")
        refused = self._place(buyer, product["id"], 9, expect=409)
        self._require(refused, code="insufficient_stock")
        self._look_at_stock("9 more refused", product, quantity=8, reserved=2)

    def _place(self, buyer: str, product_id: str, quantity: int, *, expect: int) -> JSON:
        basket = {"items": [{"product_id": product_id, "quantity": quantity}]}
        key = {"Idempotency-Key": uuid4().hex}
        return self._call("POST", "order", "/api/orders/", basket, token=buyer, headers=key, expect=expect)

    def _look_at_stock(self, when: str, product: JSON, *, quantity: int, reserved: int) -> None:
        stock = self._call("GET", "inventory", f"/api/inventory/{product['id']}/")
        self._note_stock(when, stock, quantity=quantity, reserved=reserved)

    def _note_stock(self, when: str, stock: JSON, *, quantity: int, reserved: int) -> None:
        self._require(stock, quantity=quantity, reserved=reserved)
        self._stock.append((when, quantity, reserved))

    def _call(
        self,
        method: str,
        service: str,
        path: str,
        body: JSON | None = None,
        *,
        token: str = "",
        headers: Mapping[str, str] | None = None,
        expect: int = 200,
    ) -> JSON:
        url = self._urls[service] + path
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._transcript.request(method, url, body, headers)
        answer = self._send(service, method, url, body, headers)
        content = _content(answer)
        self._transcript.response(answer.status_code, answer.reason, content)
        if answer.status_code != expect:
            why = content.get("detail") or "no reason given"
            raise StackError(f"{method} {url} answered {answer.status_code}, not {expect}: {why}")
        return content

    def _send(self, service: str, method: str, url: str, body: JSON | None, headers: dict[str, str]) -> requests.Response:
        try:
            return self._http.request(method, url, json=body, headers=headers, timeout=TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            where = self._urls[service]
            raise StackError(f"The {service} service does not answer at {where}: is the system up (make up)?") from error

    def _require(self, content: JSON, **facts: Any) -> None:
        for name, fact in facts.items():
            if content.get(name) != fact:
                raise StackError(f"The answer should say {name} {fact!r}, not {content.get(name)!r}.")


def _addresses(environment: Mapping[str, str]) -> dict[str, str]:
    """Of each service: its own variable, or localhost and the port that `make up` would take."""
    numbers = ports.from_environment(environment)
    given = {name: environment.get(f"{name.upper()}_SERVICE_URL", "").rstrip("/") for name in SERVICES}
    return {name: given[name] or f"http://localhost:{numbers[name]}" for name in SERVICES}


def _content(answer: requests.Response) -> JSON:
    try:
        content = answer.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _text(content: JSON, name: str) -> str:
    if not isinstance(text := content.get(name), str):
        raise StackError(f"The answer should say {name}, and does not.")
    return text


def run(environment: Mapping[str, str]) -> None:
    """Raises StackError with the first thing that is not as it should be."""
    coloured = sys.stdout.isatty() and not environment.get("NO_COLOR")
    with requests.Session() as http:
        http.trust_env = False  # no proxy between us and this machine's ports
        Demo(environment, http, HTTPTrace(coloured=coloured)).run()


if __name__ == "__main__":
    try:
        run(os.environ)
    except StackError as failure:
        sys.exit(str(failure))

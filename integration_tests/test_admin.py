"""The admins of all services with one staff account."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import requests

from integration_tests.shop import ADMIN, SERVICES, Shop, User

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
LISTS = {
    "user": "users/user",
    "product": "products/product",
    "inventory": "inventory/stock",
    "order": "orders/order",
}


@pytest.fixture
def browser() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def send(browser: requests.Session, url: str, **form: Any) -> requests.Response:
    """Open the page, submit its form, and follow the redirect."""
    token = TOKEN.search(browser.get(url, timeout=10).text)
    assert token, url
    return browser.post(url, {**form, "csrfmiddlewaretoken": token[1]}, timeout=10)


def sign_in(browser: requests.Session, base: str, email: str, password: str) -> requests.Response:
    return send(browser, f"{base}/admin/login/", username=email, password=password)


def test_one_account_signs_in_to_all_admins_in_one_browser(
    shop: Shop, browser: requests.Session
) -> None:
    for name in SERVICES:
        assert (
            sign_in(browser, shop.urls[name], ADMIN["email"], ADMIN["password"]).url
            == f"{shop.urls[name]}/admin/"
        )
    for name in SERVICES:
        response = browser.get(f"{shop.urls[name]}/admin/{LISTS[name]}/", timeout=10)
        assert (response.status_code, response.history) == (200, []), name
    sessions = {cookie.name for cookie in browser.cookies if not cookie.name.endswith("_csrf")}
    assert sessions == {f"{name}_admin" for name in SERVICES}


@pytest.mark.parametrize("name", SERVICES)
def test_customers_and_wrong_passwords_are_rejected(
    shop: Shop, browser: requests.Session, name: str
) -> None:
    buyer = {"email": f"buyer-{uuid4().hex}@example.com", "password": "a-long-walk-home"}
    assert (
        requests.post(f"{shop.urls['user']}/api/users/", json=buyer, timeout=10).status_code == 201
    )
    rejected = sign_in(browser, shop.urls[name], **buyer)
    assert "This account is not a staff account." in rejected.text
    wrong = sign_in(browser, shop.urls[name], ADMIN["email"], "not the password")
    assert "There is no account with this e-mail address and password." in wrong.text
    assert browser.get(f"{shop.urls[name]}/admin/", timeout=10).url.endswith(
        "/admin/login/?next=/admin/"
    )


def test_staff_ship_and_deliver_an_order_in_the_admin(
    shop: Shop, staff: User, buyer: User, browser: requests.Session
) -> None:
    product_id = shop.stocked(staff, 5)
    order = shop.order(buyer, {product_id: 2}).json()
    sign_in(browser, shop.urls["order"], ADMIN["email"], ADMIN["password"])
    page = f"{shop.urls['order']}/admin/orders/order/{order['id']}"
    assert "Ship: done." in send(browser, f"{page}/actions/ship/").text
    assert "The order is shipped" in send(browser, f"{page}/actions/cancel/").text
    sign_in(browser, shop.urls["inventory"], ADMIN["email"], ADMIN["password"])
    ledger = f"{shop.urls['inventory']}/admin/inventory/movement/?q={product_id}"
    assert "Fulfilment" in browser.get(ledger, timeout=10).text


def test_rows_of_other_services_have_names(
    shop: Shop, staff: User, buyer: User, browser: requests.Session
) -> None:
    product_id = shop.stocked(staff, 5, name="Named lamp")
    order = shop.order(buyer, {product_id: 1}).json()
    customer = shop.get("/api/users/me/", buyer).json()["email"]
    for name in ("order", "inventory"):
        sign_in(browser, shop.urls[name], ADMIN["email"], ADMIN["password"])
    orders = f"{shop.urls['order']}/admin/orders/order/?q={order['id']}"
    assert customer in browser.get(orders, timeout=10).text
    stock = f"{shop.urls['inventory']}/admin/inventory/stock/?q={product_id}"
    assert "Named lamp" in browser.get(stock, timeout=10).text

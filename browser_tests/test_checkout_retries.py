"""Lost responses and outages during checkout: the order is placed exactly once."""

import threading
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Route, expect

from browser_tests.page_object import ShopPage
from integration_tests.shop import Shop, User

PLACING = "**/api/orders/"


def ready_to_order(page: ShopPage, shop: Shop, admin: User) -> str:
    lamp = shop.stocked(admin, 10)
    page.put_in_basket(lamp, 2)
    page.go_to_checkout()
    page.fill_address()
    return lamp


def lose_responses(count: int, keys: list[str]) -> Callable[[Route], None]:
    """The service handles the request, and its response is lost."""

    def handle(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        keys.append(str(route.request.header_value("Idempotency-Key")))
        if len(keys) <= count:
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    return handle


def orders_of(page: ShopPage) -> list[Any]:
    page.open("/orders")
    return page.page.locator(".order-row").all()


def test_a_lost_response_is_retried_with_the_same_idempotency_key(
    customer: ShopPage, shop: Shop, admin: User
) -> None:
    lamp, keys = ready_to_order(customer, shop, admin), list[str]()
    customer.page.route(PLACING, lose_responses(2, keys))

    customer.place_order()
    expect(customer.page.get_by_text("Still placing your order")).to_be_visible()
    customer.expect_order()

    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert shop.stock(lamp) == (8, 2)
    assert len(orders_of(customer)) == 1
    expect(customer.link("Basket empty")).to_be_visible()


def test_a_page_reload_resumes_the_checkout(customer: ShopPage, shop: Shop, admin: User) -> None:
    lamp, keys = ready_to_order(customer, shop, admin), list[str]()
    customer.page.route(PLACING, lose_responses(1, keys))
    customer.place_order()
    expect(customer.page.get_by_text("Still placing your order")).to_be_visible()

    customer.page.reload()
    customer.expect_order()

    assert len(set(keys)) == 1
    assert shop.stock(lamp) == (8, 2)
    assert len(orders_of(customer)) == 1


def test_an_unfinished_order_is_finished_in_another_tab(
    customer: ShopPage, shop: Shop, admin: User
) -> None:
    lamp, keys = ready_to_order(customer, shop, admin), list[str]()
    customer.page.route(PLACING, lose_responses(1000, keys))
    customer.place_order()
    expect(customer.page.get_by_text("Still placing your order")).to_be_visible()
    customer.page.close()

    customer.page = customer.new_tab()
    customer.open("/")
    expect(customer.page.get_by_text("You have an unfinished order.")).to_be_visible()
    customer.link("Finish order").click()
    customer.expect_order()

    assert shop.stock(lamp) == (8, 2)
    assert len(orders_of(customer)) == 1


def test_an_order_is_retried_with_backoff_until_the_service_is_back(
    customer: ShopPage, shop: Shop, admin: User, stack: Any
) -> None:
    lamp = ready_to_order(customer, shop, admin)
    stack.stop("order")
    back = threading.Timer(3, stack.start, ["order"])
    try:
        customer.place_order()
        expect(customer.page.get_by_text("Still placing your order")).to_be_visible()
        back.start()
        customer.expect_order()
    finally:
        back.cancel()
        stack.start("order")
        stack.wait_ready("order")

    assert shop.stock(lamp) == (8, 2)
    assert len(orders_of(customer)) == 1


def test_a_rate_limited_order_is_retried_after_retry_after(
    customer: ShopPage, shop: Shop, admin: User
) -> None:
    lamp, keys = ready_to_order(customer, shop, admin), list[str]()

    def rate_limited(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        keys.append(str(route.request.header_value("Idempotency-Key")))
        if len(keys) > 1:
            route.continue_()
            return
        problem = {
            "status": 429,
            "code": "too_many_requests",
            "detail": "Many orders have come from this address.",
        }
        route.fulfill(status=429, headers={"Retry-After": "2"}, json=problem)

    customer.page.route(PLACING, rate_limited)
    customer.place_order()
    expect(customer.page.get_by_text("Your order is sent again in 2 seconds")).to_be_visible()
    customer.expect_order()

    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert shop.stock(lamp) == (8, 2)

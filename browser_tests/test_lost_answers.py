"""Placing an order while the connection is cut: it exists once, whatever the browser has seen of it."""

import threading
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Route, expect

from browser_tests.visitor import Visitor
from integration_tests.shop import Shop, User

PLACING = "**/api/orders/"


def ready_to_order(visitor: Visitor, shop: Shop, boss: User) -> str:
    lamp = shop.stocked(boss, 10)
    visitor.put_in_basket(lamp, 2)
    visitor.go_to_checkout()
    visitor.write_address()
    return lamp


def lose_answers(count: int, keys: list[str]) -> Callable[[Route], None]:
    """The request arrives and is carried out; its answer never comes back."""

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


def orders_of(visitor: Visitor) -> list[Any]:
    visitor.open("/orders")
    return visitor.page.locator(".order-row").all()


def test_an_answer_that_is_lost_is_asked_for_again_with_the_same_key(buyer: Visitor, shop: Shop, boss: User) -> None:
    lamp, keys = ready_to_order(buyer, shop, boss), list[str]()
    buyer.page.route(PLACING, lose_answers(2, keys))

    buyer.place()
    expect(buyer.page.get_by_text("Still placing your order")).to_be_visible()
    buyer.sees_order()

    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert shop.stock(lamp) == (8, 2)
    assert len(orders_of(buyer)) == 1
    expect(buyer.link("Basket empty")).to_be_visible()


def test_a_page_that_is_reloaded_in_the_middle_goes_on(buyer: Visitor, shop: Shop, boss: User) -> None:
    lamp, keys = ready_to_order(buyer, shop, boss), list[str]()
    buyer.page.route(PLACING, lose_answers(1, keys))
    buyer.place()
    expect(buyer.page.get_by_text("Still placing your order")).to_be_visible()

    buyer.page.reload()
    buyer.sees_order()

    assert len(set(keys)) == 1
    assert shop.stock(lamp) == (8, 2)
    assert len(orders_of(buyer)) == 1


def test_an_unfinished_order_is_pointed_out_on_every_page_and_finished_in_another_tab(
    buyer: Visitor, shop: Shop, boss: User
) -> None:
    lamp, keys = ready_to_order(buyer, shop, boss), list[str]()
    buyer.page.route(PLACING, lose_answers(1000, keys))
    buyer.place()
    expect(buyer.page.get_by_text("Still placing your order")).to_be_visible()
    buyer.page.close()

    buyer.page = buyer.new_tab()
    buyer.open("/")
    expect(buyer.page.get_by_text("An order of yours is not finished.")).to_be_visible()
    buyer.link("Finish it").click()
    buyer.sees_order()

    assert shop.stock(lamp) == (8, 2)
    assert len(orders_of(buyer)) == 1


def test_an_order_waits_for_the_order_service_and_is_placed_once(buyer: Visitor, shop: Shop, boss: User, stack: Any) -> None:
    lamp = ready_to_order(buyer, shop, boss)
    stack.stop("order")
    back = threading.Timer(3, stack.start, ["order"])
    try:
        buyer.place()
        expect(buyer.page.get_by_text("Still placing your order")).to_be_visible()
        back.start()
        buyer.sees_order()
    finally:
        back.cancel()
        stack.start("order")
        stack.wait_ready("order")

    assert shop.stock(lamp) == (8, 2)
    assert len(orders_of(buyer)) == 1


def test_when_the_shop_says_that_there_were_too_many_orders_it_goes_on_by_itself(buyer: Visitor, shop: Shop, boss: User) -> None:
    lamp, keys = ready_to_order(buyer, shop, boss), list[str]()

    def crowded(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        keys.append(str(route.request.header_value("Idempotency-Key")))
        if len(keys) > 1:
            route.continue_()
            return
        problem = {"status": 429, "code": "too_many_requests", "detail": "Many orders have come from this address."}
        route.fulfill(status=429, headers={"Retry-After": "2"}, json=problem)

    buyer.page.route(PLACING, crowded)
    buyer.place()
    expect(buyer.page.get_by_text("Yours goes on by itself in 2 seconds")).to_be_visible()
    buyer.sees_order()

    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert shop.stock(lamp) == (8, 2)

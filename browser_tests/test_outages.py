"""What still works, and what is said of the rest, while a service is down."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from browser_tests.visitor import Visitor
from integration_tests.shop import Shop, User
from local_stack import Stack

Outage = Callable[[str], None]


@pytest.fixture
def down(stack: Stack) -> Iterator[Outage]:
    stopped: list[str] = []

    def stop(name: str) -> None:
        stack.stop(name)
        stopped.append(name)

    yield stop
    for name in stopped:
        stack.start(name)
    for name in stopped:
        stack.wait_ready(name)


def test_without_inventory_the_catalogue_says_that_stock_is_unknown(
    visitor: Callable[..., Visitor], shop: Shop, boss: User, down: Outage
) -> None:
    lamp = shop.stocked(boss, 5)
    down("inventory")
    ada = visitor()

    ada.open("/")
    expect(ada.page.get_by_text("How much is in stock is unknown at the moment")).to_be_visible()
    expect(ada.stock_shown().first).to_have_text("Stock unknown")
    ada.put_in_basket(lamp)
    ada.open("/basket")
    expect(ada.page.get_by_text("How much is in stock is unknown at the moment")).to_be_visible()
    expect(ada.page.locator(".total .price")).to_have_text("$19.99")


def test_without_orders_the_catalogue_works_and_the_orders_say_so(buyer: Visitor, shop: Shop, boss: User, down: Outage) -> None:
    lamp = shop.stocked(boss, 50)
    down("order")

    buyer.open("/orders")
    expect(buyer.title).to_have_text("This does not work at the moment")
    expect(buyer.page.get_by_text("Orders do not answer.")).to_be_visible()
    buyer.open(f"/products/{lamp}")
    expect(buyer.stock_shown()).to_have_text("In stock")


def test_without_the_user_service_whoever_is_signed_in_goes_on_shopping(
    buyer: Visitor, shop: Shop, boss: User, down: Outage
) -> None:
    lamp = shop.stocked(boss, 5)
    buyer.put_in_basket(lamp)
    down("user")

    buyer.page.locator(".toast a").click()
    buyer.link("Go to checkout").click()
    expect(buyer.page.get_by_text("Your address book cannot be read at the moment.")).to_be_visible()
    buyer.write_address()
    buyer.place()

    buyer.sees_order()


def test_without_the_user_service_a_new_page_does_not_pretend_that_one_is_signed_out(
    buyer: Visitor, down: Outage, stack: Stack
) -> None:
    down("user")

    buyer.open("/account")
    expect(buyer.title).to_have_text("We cannot sign you in at the moment")
    buyer.open("/")
    expect(buyer.link("Account")).to_be_visible()
    stack.start("user")
    stack.wait_ready("user")
    buyer.open("/account")
    expect(buyer.title).to_have_text("Your account")


def test_without_products_the_basket_is_kept_and_shown_with_the_last_prices(
    visitor: Callable[..., Visitor], shop: Shop, boss: User, down: Outage
) -> None:
    lamp = shop.stocked(boss, 5)
    ada = visitor()
    ada.put_in_basket(lamp, 2)
    down("product")

    ada.open("/")
    expect(ada.page.get_by_text("The catalogue does not answer. Your basket is kept.")).to_be_visible()
    ada.open("/basket")
    expect(ada.page.get_by_text("Prices cannot be checked at the moment")).to_be_visible()
    expect(ada.page.locator(".total .price")).to_have_text("$39.98")


def test_signing_in_without_the_user_service_says_whose_fault_it_is(visitor: Callable[..., Visitor], down: Outage) -> None:
    down("user")
    ada = visitor()
    ada.open("/sign-in")
    ada.field("E-mail address").fill("ada@example.com")
    ada.field("Password").fill("a-long-walk-home")
    ada.button("Sign in").click()

    expect(ada.page.get_by_role("alert")).to_contain_text("Accounts and sign-in do not answer.")


def test_without_the_catalogue_the_stock_of_the_desk_does_not_pretend_that_products_are_gone(
    staff: Visitor, shop: Shop, boss: User, down: Outage
) -> None:
    lamp = shop.stocked(boss, 5)
    down("product")

    staff.open("/desk/stock?low_stock=all")
    expect(staff.page.get_by_text("there are ids in place of names")).to_be_visible()
    staff.open(f"/desk/stock/{lamp}")
    expect(staff.page.locator(".desk-name")).to_have_text("The catalogue does not answer, so its name is missing here.")
    expect(staff.page.locator(".figure dd").first).to_have_text("5")


def test_a_page_of_the_desk_that_does_not_work_leads_to_those_that_do(staff: Visitor, down: Outage) -> None:
    down("inventory")

    staff.open("/desk/stock")
    expect(staff.page.get_by_text("The stock does not answer.")).to_be_visible()
    staff.page.get_by_role("navigation", name="Staff desk").get_by_role("link", name="Orders").click()

    expect(staff.title).to_have_text("Orders")


def test_a_page_that_was_out_of_order_comes_back_by_itself(buyer: Visitor, down: Outage, stack: Stack) -> None:
    down("order")
    buyer.open("/orders")
    expect(buyer.page.get_by_text("We try again by ourselves every ten seconds.")).to_be_visible()
    stack.start("order")
    stack.wait_ready("order")

    expect(buyer.title).to_have_text("Your orders", timeout=30_000)

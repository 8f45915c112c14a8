"""What works while one service is down, and the messages for the rest."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from browser_tests.page_object import OpenShop, ShopPage
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


def test_without_inventory_the_catalogue_shows_unknown_stock(
    open_shop: OpenShop, shop: Shop, admin: User, down: Outage
) -> None:
    lamp = shop.stocked(admin, 5)
    down("inventory")
    ada = open_shop()

    ada.open("/")
    expect(ada.page.get_by_text("Stock levels are not available at the moment")).to_be_visible()
    expect(ada.stock_badge().first).to_have_text("Stock unknown")
    ada.put_in_basket(lamp)
    ada.open("/basket")
    expect(ada.page.get_by_text("Stock levels are not available at the moment")).to_be_visible()
    expect(ada.page.locator(".total .price")).to_have_text("$19.99")


def test_without_orders_the_catalogue_works(
    customer: ShopPage, shop: Shop, admin: User, down: Outage
) -> None:
    lamp = shop.stocked(admin, 50)
    down("order")

    customer.open("/orders")
    expect(customer.title).to_have_text("This page is not available at the moment")
    expect(customer.page.get_by_text("Orders are not available.")).to_be_visible()
    customer.open(f"/products/{lamp}")
    expect(customer.stock_badge()).to_have_text("In stock")


def test_without_the_user_service_a_signed_in_user_can_order(
    customer: ShopPage, shop: Shop, admin: User, down: Outage
) -> None:
    lamp = shop.stocked(admin, 5)
    customer.put_in_basket(lamp)
    down("user")

    customer.page.locator(".toast a").click()
    customer.link("Go to checkout").click()
    expect(customer.page.get_by_text("Your address book is not available.")).to_be_visible()
    customer.fill_address()
    customer.place_order()

    customer.expect_order()


def test_without_the_user_service_the_session_is_unknown_not_ended(
    customer: ShopPage, down: Outage, stack: Stack
) -> None:
    down("user")

    customer.open("/account")
    expect(customer.title).to_have_text("Sign-in is not available at the moment")
    customer.open("/")
    expect(customer.link("Account")).to_be_visible()
    stack.start("user")
    stack.wait_ready("user")
    customer.open("/account")
    expect(customer.title).to_have_text("Your account")


def test_without_products_the_basket_shows_the_last_prices(
    open_shop: OpenShop, shop: Shop, admin: User, down: Outage
) -> None:
    lamp = shop.stocked(admin, 5)
    ada = open_shop()
    ada.put_in_basket(lamp, 2)
    down("product")

    ada.open("/")
    expect(
        ada.page.get_by_text("The catalogue is not available. Your basket is saved.")
    ).to_be_visible()
    ada.open("/basket")
    expect(ada.page.get_by_text("Current prices are not available.")).to_be_visible()
    expect(ada.page.locator(".total .price")).to_have_text("$39.98")


def test_sign_in_without_the_user_service_names_the_outage(
    open_shop: OpenShop, down: Outage
) -> None:
    down("user")
    ada = open_shop()
    ada.open("/sign-in")
    ada.field("E-mail address").fill("ada@example.com")
    ada.field("Password").fill("a-long-walk-home")
    ada.button("Sign in").click()

    expect(ada.page.get_by_role("alert")).to_contain_text("Accounts and sign-in are not available.")


def test_without_products_the_staff_stock_pages_work(
    staff: ShopPage, shop: Shop, admin: User, down: Outage
) -> None:
    lamp = shop.stocked(admin, 5)
    down("product")

    staff.open("/staff/stock?low_stock=all")
    expect(staff.page.get_by_text("Product ids are shown instead.")).to_be_visible()
    staff.open(f"/staff/stock/{lamp}")
    expect(staff.page.locator(".staff-product-name")).to_have_text(
        "The product name is not available at the moment."
    )
    expect(staff.page.locator(".stat dd").first).to_have_text("5")


def test_an_unavailable_staff_page_links_to_the_others(staff: ShopPage, down: Outage) -> None:
    down("inventory")

    staff.open("/staff/stock")
    expect(staff.page.get_by_text("Stock levels are not available.")).to_be_visible()
    staff.page.get_by_role("navigation", name="Staff").get_by_role("link", name="Orders").click()

    expect(staff.title).to_have_text("Orders")


def test_an_unavailable_page_is_retried(customer: ShopPage, down: Outage, stack: Stack) -> None:
    down("order")
    customer.open("/orders")
    expect(customer.page.get_by_text("The page is loaded again every ten seconds.")).to_be_visible()
    stack.start("order")
    stack.wait_ready("order")

    expect(customer.title).to_have_text("Your orders", timeout=30_000)

"""Pages that render again while the user works with them."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from browser_tests.page_object import OpenShop, ShopPage
from integration_tests.concurrency import wait_until
from integration_tests.shop import Shop, User


def press(page: ShopPage, name: str, role: str = "button") -> Callable[[], None]:
    """Press the mouse button on an element. Returns a function that releases it."""
    box = page.page.get_by_role(role, name=name).bounding_box()  # type: ignore[arg-type]
    assert box
    page.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.page.mouse.down()
    return page.page.mouse.up


def test_a_slow_click_survives_a_rerender(customer: ShopPage, shop: Shop, admin: User) -> None:
    customer.put_in_basket(shop.stocked(admin, 9))
    customer.open("/basket")
    customer.page.get_by_role("spinbutton").fill("3")
    let_go = press(customer, "Go to checkout", "link")
    for _ in range(5):  # as long as a finger takes, and the answers about the new quantity
        customer.page.evaluate("fetch('/api/products/').then((answer) => answer.text())")
    let_go()

    expect(customer.title).to_have_text("Checkout")
    expect(customer.page.get_by_role("button", name="Place order for $59.97")).to_be_visible()


def test_a_cancelled_pointer_does_not_block_a_rerender(
    customer: ShopPage, shop: Shop, admin: User
) -> None:
    customer.put_in_basket(shop.stocked(admin, 9))
    customer.open("/basket")
    customer.page.evaluate("dispatchEvent(new PointerEvent('pointerdown'))")
    customer.page.get_by_role("spinbutton").fill("3")
    customer.page.keyboard.press("Tab")
    customer.page.evaluate("new Promise((done) => setTimeout(done, 300))")
    customer.page.evaluate("dispatchEvent(new PointerEvent('pointercancel'))")

    expect(customer.page.locator(".total")).to_contain_text("$59.97")


def test_the_last_typed_quantity_is_ordered(customer: ShopPage, shop: Shop, admin: User) -> None:
    lamp = shop.stocked(admin, 9)
    customer.put_in_basket(lamp)
    customer.go_to_checkout()
    customer.fill_address()
    customer.page.get_by_role("checkbox", name="Save in my address book").check()
    customer.page.get_by_role("spinbutton").fill("3")
    press(customer, "Place order for $19.99")()

    expect(customer.page.locator(".toast")).to_contain_text("The order has just changed.")
    assert shop.stock(lamp).reserved == 0
    expect(customer.field("Name")).to_have_value("Ada Example")
    expect(customer.page.get_by_role("checkbox", name="Save in my address book")).to_be_checked()
    customer.button("Place order for $59.97").click()
    customer.expect_order()
    assert shop.stock(lamp).reserved == 3


def test_totals_update_before_the_catalogue_responds(
    customer: ShopPage, shop: Shop, admin: User
) -> None:
    customer.put_in_basket(shop.stocked(admin, 9))
    customer.go_to_checkout()
    held: list[Route] = []
    customer.page.route("**/api/products/?ids=**", lambda route: held.append(route))
    customer.button("Increase").click()
    expect(customer.page.locator(".total .price")).to_have_text("$39.98")
    customer.field("City").fill("Typed while loading")
    held[0].continue_()

    expect(customer.page.get_by_text("Current prices are not available")).to_have_count(0)
    expect(customer.field("City")).to_have_value("Typed while loading")
    customer.page.unroute_all(behavior="ignoreErrors")
    customer.open("/basket")
    customer.page.route("**/api/products/?ids=**", lambda route: held.append(route))
    customer.button("Increase").click()
    expect(customer.page.locator(".total .price")).to_have_text("$59.97")
    customer.page.unroute_all(behavior="ignoreErrors")


def test_a_slow_page_shows_a_notice(customer: ShopPage, shop: Shop, admin: User) -> None:
    lamp = shop.stocked(admin, 9)
    customer.open("/")
    held: list[Route] = []
    customer.page.route(f"**/api/products/{lamp}/", lambda route: held.append(route))
    customer.page.goto(f"{customer.shop}/products/{lamp}")
    expect(customer.page.locator(".toast")).to_contain_text("This takes longer than usual.")
    held[0].continue_()

    expect(customer.title).to_have_text("Desk lamp")
    expect(customer.page.locator(".toast")).to_have_count(0)


def test_a_slow_form_shows_a_notice(open_shop: OpenShop) -> None:
    ada = open_shop()
    ada.open("/sign-in")
    held: list[Route] = []
    ada.page.route("**/api/users/session/", lambda route: held.append(route))
    ada.field("E-mail address").fill("ada@example.com")
    ada.field("Password").fill("a-long-walk-home")
    ada.button("Sign in").click()
    expect(
        ada.page.get_by_role("status").filter(has_text="This takes longer than usual.")
    ).to_be_visible()
    held[0].continue_()

    expect(ada.page.get_by_role("alert")).to_contain_text("E-mail address or password is wrong.")
    expect(ada.page.get_by_text("This takes longer than usual.")).to_have_count(0)


def test_scroll_position_is_restored_on_forward(
    open_shop: OpenShop, shop: Shop, admin: User
) -> None:
    for _ in range(8):
        shop.stocked(admin, 9, category="Scrolling")
    ada = open_shop(viewport={"width": 400, "height": 500})
    ada.open("/sign-in")
    ada.page.locator(".brand").click()
    expect(ada.title).to_have_text("Catalogue")
    ada.page.evaluate("scrollTo(0, 600)")
    wait_until(lambda: ada.page.evaluate("history.state?.scroll") == 600, 10)
    ada.page.go_back()
    expect(ada.title).to_have_text("Sign in")
    ada.page.go_forward()

    expect(ada.title).to_have_text("Catalogue")
    wait_until(lambda: ada.page.evaluate("scrollY") == 600, 10)


@pytest.mark.parametrize("width", [320, 400, 1280])
def test_layout_does_not_shift_when_stock_is_loaded(
    open_shop: OpenShop, shop: Shop, admin: User, width: int
) -> None:
    lamp = shop.stocked(admin, 3, category="Scrolling")
    ada = open_shop(viewport={"width": width, "height": 500})
    asked: list[Route] = []
    ada.page.route("**/api/inventory/**", lambda route: asked.append(route))
    height = "document.querySelector('.catalogue, .product').offsetHeight"
    for path in ("/", f"/products/{lamp}"):
        ada.open(path)
        wait_until(lambda: ada.page.evaluate(height) and asked)
        before = ada.page.evaluate(height)
        while asked:
            asked.pop().continue_()
        expect(ada.page.locator(".stock-slot:empty")).to_have_count(0)

        assert ada.page.evaluate(height) == before, path


def test_the_next_page_of_a_list_starts_at_the_top(
    open_shop: OpenShop, shop: Shop, admin: User
) -> None:
    for _ in range(26):
        shop.create_product(admin)
    ada = open_shop()
    ada.open("/")
    ada.link("Next page").press("Enter")
    expect(ada.link("Previous page")).to_be_visible()

    expect(ada.title).to_be_focused()
    assert ada.page.evaluate("scrollY") == 0


def test_staff_can_open_an_archived_product(staff: ShopPage, shop: Shop, admin: User) -> None:
    lamp = shop.create_product(admin)["id"]
    assert shop.call("DELETE", f"/api/products/{lamp}/", admin).ok
    staff.open(f"/products/{lamp}")

    expect(staff.title).to_have_text("Desk lamp")
    expect(staff.link("Edit product")).to_be_visible()


def test_stock_movements_show_the_effect_of_a_reservation(
    staff: ShopPage, customer: ShopPage, shop: Shop, admin: User
) -> None:
    lamp = shop.stocked(admin, 5)
    customer.order(lamp, 2)
    staff.open(f"/staff/stock/{lamp}")

    assert staff.page.locator("tbody tr").first.locator("td").all_inner_texts()[1:5] == [
        "Reserved",
        "-2",
        "3",
        "2",
    ]


def test_a_search_announces_the_number_of_results(
    open_shop: OpenShop, shop: Shop, admin: User
) -> None:
    shop.create_product(admin, name="Quillwort vase")
    ada = open_shop()
    ada.open("/")
    ada.search("quillwort")
    expect(ada.page.locator("#announcer")).to_have_text("Results for “quillwort”. 1 product")
    ada.search("zzyzx")

    expect(ada.page.locator("#announcer")).to_have_text("Results for “zzyzx”. No products found")


def test_filters_keep_their_scroll_position(open_shop: OpenShop, shop: Shop, admin: User) -> None:
    for number in range(30):
        shop.create_product(admin, category=f"Shelf {number}")
    ada = open_shop(viewport={"width": 1280, "height": 500})
    ada.open("/")
    price = ada.page.get_by_role("textbox", name="Price: From")
    price.fill("5")
    price.press("Enter")
    expect(ada.page).to_have_url(f"{ada.shop}/?min_price=5")
    expect(ada.page.locator("main:not([aria-busy])")).to_be_visible()

    expect(price).to_be_focused()
    expect(price).to_be_in_viewport()


def test_a_slow_action_shows_a_notice(customer: ShopPage) -> None:
    customer.open("/account")
    held: list[Route] = []
    customer.page.route("**/api/users/session/", lambda route: held.append(route))
    customer.button("Sign out").click()
    expect(customer.page.locator(".toast")).to_contain_text("This takes longer than usual.")
    held[0].continue_()

    expect(customer.page.locator(".toast")).to_contain_text("You are signed out.")

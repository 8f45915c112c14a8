"""Pages that draw themselves anew while somebody is at them."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from browser_tests.visitor import Visitor
from integration_tests.concurrency import wait_until
from integration_tests.shop import Shop, User


def press(visitor: Visitor, name: str, role: str = "button") -> Callable[[], None]:
    """Presses the mouse on it; what is returned lets go."""
    box = visitor.page.get_by_role(role, name=name).bounding_box()  # type: ignore[arg-type]
    assert box
    visitor.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visitor.page.mouse.down()
    return visitor.page.mouse.up


def test_a_slow_press_on_the_way_to_the_checkout_counts_though_the_quantity_has_just_changed(
    buyer: Visitor, shop: Shop, boss: User
) -> None:
    buyer.put_in_basket(shop.stocked(boss, 9))
    buyer.open("/basket")
    buyer.page.get_by_role("spinbutton").fill("3")
    let_go = press(buyer, "Go to checkout", "link")
    for _ in range(5):  # as long as a finger takes, and the answers about the new quantity
        buyer.page.evaluate("fetch('/api/products/').then((answer) => answer.text())")
    let_go()

    expect(buyer.title).to_have_text("Checkout")
    expect(buyer.page.get_by_role("button", name="Place order for $59.97")).to_be_visible()


def test_a_finger_that_began_to_scroll_holds_nothing_up(buyer: Visitor, shop: Shop, boss: User) -> None:
    buyer.put_in_basket(shop.stocked(boss, 9))
    buyer.open("/basket")
    buyer.page.evaluate("dispatchEvent(new PointerEvent('pointerdown'))")
    buyer.page.get_by_role("spinbutton").fill("3")
    buyer.page.keyboard.press("Tab")
    buyer.page.evaluate("new Promise((done) => setTimeout(done, 300))")
    buyer.page.evaluate("dispatchEvent(new PointerEvent('pointercancel'))")

    expect(buyer.page.locator(".total")).to_contain_text("$59.97")


def test_a_quantity_that_was_typed_last_is_never_left_out_of_the_order(buyer: Visitor, shop: Shop, boss: User) -> None:
    lamp = shop.stocked(boss, 9)
    buyer.put_in_basket(lamp)
    buyer.go_to_checkout()
    buyer.write_address()
    buyer.page.get_by_role("checkbox", name="Keep it in my address book").check()
    buyer.page.get_by_role("spinbutton").fill("3")
    press(buyer, "Place order for $19.99")()

    expect(buyer.page.locator(".toast")).to_contain_text("The order has just changed.")
    assert shop.stock(lamp).reserved == 0
    expect(buyer.field("Name")).to_have_value("Ada Example")
    expect(buyer.page.get_by_role("checkbox", name="Keep it in my address book")).to_be_checked()
    buyer.button("Place order for $59.97").click()
    buyer.sees_order()
    assert shop.stock(lamp).reserved == 3


def test_sums_follow_the_quantity_at_once_while_the_catalogue_takes_its_time(buyer: Visitor, shop: Shop, boss: User) -> None:
    buyer.put_in_basket(shop.stocked(boss, 9))
    buyer.go_to_checkout()
    held: list[Route] = []
    buyer.page.route("**/api/products/?page_size=100**", lambda route: held.append(route))
    buyer.button("One more").click()
    expect(buyer.page.locator(".total .price")).to_have_text("$39.98")
    buyer.field("City").fill("Written meanwhile")
    held[0].continue_()

    expect(buyer.page.get_by_text("Prices cannot be checked")).to_have_count(0)
    expect(buyer.field("City")).to_have_value("Written meanwhile")
    buyer.page.unroute_all(behavior="ignoreErrors")
    buyer.open("/basket")
    buyer.page.route("**/api/products/?page_size=100**", lambda route: held.append(route))
    buyer.button("One more").click()
    expect(buyer.page.locator(".total .price")).to_have_text("$59.97")
    buyer.page.unroute_all(behavior="ignoreErrors")


def test_what_takes_long_says_so(buyer: Visitor, shop: Shop, boss: User) -> None:
    lamp = shop.stocked(boss, 9)
    buyer.open("/")
    held: list[Route] = []
    buyer.page.route(f"**/api/products/{lamp}/", lambda route: held.append(route))
    buyer.page.goto(f"{buyer.shop}/products/{lamp}")
    expect(buyer.page.locator(".toast")).to_contain_text("This takes longer than usual.")
    held[0].continue_()

    expect(buyer.title).to_have_text("Desk lamp")
    expect(buyer.page.locator(".toast")).to_have_count(0)


def test_a_form_that_takes_long_says_so(visitor: Callable[..., Visitor]) -> None:
    ada = visitor()
    ada.open("/sign-in")
    held: list[Route] = []
    ada.page.route("**/api/users/session/", lambda route: held.append(route))
    ada.field("E-mail address").fill("ada@example.com")
    ada.field("Password").fill("a-long-walk-home")
    ada.button("Sign in").click()
    expect(ada.page.get_by_role("status").filter(has_text="This takes longer than usual.")).to_be_visible()
    held[0].continue_()

    expect(ada.page.get_by_role("alert")).to_contain_text("There is no account with this e-mail address and password.")
    expect(ada.page.get_by_text("This takes longer than usual.")).to_have_count(0)


def test_forward_leads_to_the_place_where_back_was_pressed(visitor: Callable[..., Visitor], shop: Shop, boss: User) -> None:
    for _ in range(8):
        shop.stocked(boss, 9, category="Scrolling")
    ada = visitor(viewport={"width": 400, "height": 500})
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
def test_nothing_moves_when_the_stock_becomes_known(visitor: Callable[..., Visitor], shop: Shop, boss: User, width: int) -> None:
    lamp = shop.stocked(boss, 3, category="Scrolling")
    ada = visitor(viewport={"width": width, "height": 500})
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


def test_the_next_page_of_a_list_begins_at_its_beginning(visitor: Callable[..., Visitor], shop: Shop, boss: User) -> None:
    for _ in range(26):
        shop.create_product(boss)
    ada = visitor()
    ada.open("/")
    ada.link("Next page").press("Enter")
    expect(ada.link("Previous page")).to_be_visible()

    expect(ada.title).to_be_focused()
    assert ada.page.evaluate("scrollY") == 0


def test_staff_who_open_an_archived_product_anew_see_it(staff: Visitor, shop: Shop, boss: User) -> None:
    lamp = shop.create_product(boss)["id"]
    assert shop.call("DELETE", f"/api/products/{lamp}/", boss).ok
    staff.open(f"/products/{lamp}")

    expect(staff.title).to_have_text("Desk lamp")
    expect(staff.link("Edit at the staff desk")).to_be_visible()


def test_the_ledger_says_what_a_reservation_takes_from_what_is_for_sale(
    staff: Visitor, buyer: Visitor, shop: Shop, boss: User
) -> None:
    lamp = shop.stocked(boss, 5)
    buyer.order(lamp, 2)
    staff.open(f"/desk/stock/{lamp}")

    assert staff.page.locator("tbody tr").first.locator("td").all_inner_texts()[1:5] == ["Reserved", "-2", "3", "2"]


def test_a_search_says_how_much_it_has_found(visitor: Callable[..., Visitor], shop: Shop, boss: User) -> None:
    shop.create_product(boss, name="Quillwort vase")
    ada = visitor()
    ada.open("/")
    ada.search("quillwort")
    expect(ada.page.locator("#announcer")).to_have_text("Results for “quillwort”. 1 product")
    ada.search("zzyzx")

    expect(ada.page.locator("#announcer")).to_have_text("Results for “zzyzx”. Nothing found")


def test_filters_stay_where_they_were_scrolled_to(visitor: Callable[..., Visitor], shop: Shop, boss: User) -> None:
    for number in range(30):
        shop.create_product(boss, category=f"Shelf {number}")
    ada = visitor(viewport={"width": 1280, "height": 500})
    ada.open("/")
    price = ada.page.get_by_role("textbox", name="Price: From")
    price.fill("5")
    price.press("Enter")
    expect(ada.page).to_have_url(f"{ada.shop}/?min_price=5")
    expect(ada.page.locator("main:not([aria-busy])")).to_be_visible()

    expect(price).to_be_focused()
    expect(price).to_be_in_viewport()


def test_a_press_that_takes_long_says_so(buyer: Visitor) -> None:
    buyer.open("/account")
    held: list[Route] = []
    buyer.page.route("**/api/users/session/", lambda route: held.append(route))
    buyer.button("Sign out").click()
    expect(buyer.page.locator(".toast")).to_contain_text("This takes longer than usual.")
    held[0].continue_()

    expect(buyer.page.locator(".toast")).to_contain_text("You are signed out.")

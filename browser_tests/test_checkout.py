"""Search, basket, checkout, order, cancellation."""

from uuid import uuid4

from playwright.sync_api import expect

from browser_tests.page_object import OpenShop, ShopPage
from integration_tests.shop import PASSWORD, Shop, User

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


def test_a_user_registers_searches_orders_and_cancels(
    open_shop: OpenShop, shop: Shop, admin: User
) -> None:
    word = f"lamp{uuid4().hex[:8]}"
    lamp = shop.stocked(admin, 4, name=f"Reading {word}", price="12.50", category="Home/Lighting")
    ada = open_shop()
    ada.register()

    ada.search(word)
    expect(ada.page.locator(".card .stock")).to_have_text("Only 4 left")
    ada.link(f"Reading {word}").click()
    ada.page.get_by_role("spinbutton", name="Quantity").fill("3")
    ada.button("Add to basket").click()
    ada.link("Go to basket").click()
    expect(ada.page.locator(".total .price")).to_have_text("$37.50")
    ada.link("Go to checkout").click()
    ada.fill_address()
    ada.place_order()

    order = ada.expect_order()
    expect(ada.page.get_by_text("Thank you. Your order is placed.")).to_be_visible()
    expect(ada.page.locator(".timeline li")).to_have_count(1)
    assert shop.stock(lamp) == (1, 3)
    ada.open(f"/products/{lamp}")
    expect(ada.stock_badge()).to_have_text("Only 1 left")

    ada.open("/orders")
    ada.page.locator(".order-number").first.click()
    ada.button("Cancel order").click()
    ada.page.get_by_role("dialog").get_by_role("button", name="Cancel order").click()
    expect(ada.page.locator("[data-status]")).to_have_text("Cancelled")
    expect(ada.page.locator(".timeline li")).to_have_count(2)
    ada.open(f"/products/{lamp}")
    expect(ada.stock_badge()).to_have_text("Only 4 left")
    assert shop.stock(lamp) == (4, 0)
    assert order


def test_a_cancelled_order_shows_no_thank_you_message(
    customer: ShopPage, shop: Shop, admin: User
) -> None:
    customer.order(shop.stocked(admin, 4))
    thanks = customer.page.get_by_text("Thank you. Your order is placed.")
    expect(thanks).to_be_visible()
    customer.button("Cancel order").click()
    customer.page.get_by_role("dialog").get_by_role("button", name="Cancel order").click()
    expect(customer.page.locator("[data-status]")).to_have_text("Cancelled")
    expect(thanks).to_have_count(0)


def test_checkout_continues_after_sign_in(open_shop: OpenShop, shop: Shop, admin: User) -> None:
    person, lamp, ada = shop.register(), shop.stocked(admin, 4), open_shop()
    ada.put_in_basket(lamp)
    ada.open("/checkout")
    expect(ada.title).to_have_text("Sign in to place your order")
    expect(ada.page.get_by_text("Your basket is saved")).to_be_visible()
    ada.page.get_by_role("main").get_by_role("link", name="Sign in").click()
    ada.field("E-mail address").fill(person.email)
    ada.field("Password").fill(PASSWORD)
    ada.button("Sign in").click()
    expect(ada.title).to_have_text("Checkout")
    expect(ada.page.get_by_role("spinbutton")).to_have_value("1")


def test_insufficient_stock_blocks_the_checkout(
    customer: ShopPage, shop: Shop, admin: User
) -> None:
    lamp = shop.stocked(admin, 4, name="Reading lamp")
    customer.open(f"/products/{lamp}")
    expect(customer.stock_badge()).to_have_text("Only 4 left")
    customer.page.get_by_role("spinbutton", name="Quantity").fill("50")
    customer.button("Add to basket").click()
    customer.open("/basket")
    expect(customer.page.get_by_role("spinbutton")).to_have_value("4")
    customer.page.get_by_role("spinbutton").fill("50")
    customer.page.keyboard.press("Tab")
    expect(customer.page.locator(".line-message")).to_contain_text("Only 4 left in stock.")
    expect(customer.link("Go to checkout")).to_have_count(0)
    customer.button("Change quantity to 4").click()
    expect(customer.link("Go to checkout")).to_be_visible()


def test_a_field_error_disappears_when_the_field_is_corrected(open_shop: OpenShop) -> None:
    ada = open_shop()
    ada.open("/register")
    ada.field("E-mail address").fill("ada")
    ada.field("Password").fill("long enough, surely")
    ada.page.get_by_role("main").get_by_role("button", name="Register").click()
    invalid = ada.page.locator("[aria-invalid]")
    expect(invalid).to_have_count(1)
    ada.field("E-mail address").fill("ada@example.com")
    expect(invalid).to_have_count(0)
    expect(ada.page.locator(".error:not(:empty)")).to_have_count(0)


def test_a_product_picture_has_alternative_text(
    open_shop: OpenShop, shop: Shop, admin: User
) -> None:
    pictured = shop.stocked(
        admin, 1, name="Tall lamp", image_url="https://images.example.com/lamp.svg"
    )
    ada = open_shop()
    ada.page.route(
        "https://images.example.com/*",
        lambda route: route.fulfill(content_type="image/svg+xml", body=PICTURE),
    )
    ada.open(f"/products/{pictured}")
    expect(ada.page.get_by_role("img", name="Tall lamp")).to_be_visible()


def test_the_basket_is_kept_across_visits_and_sign_in(
    open_shop: OpenShop, shop: Shop, admin: User
) -> None:
    lamp = shop.stocked(admin, 50)
    ada = open_shop()
    ada.put_in_basket(lamp, 7)

    ada.page.close()
    ada.page = ada.new_tab()
    ada.register()
    ada.open("/basket")

    expect(ada.page.get_by_role("spinbutton")).to_have_value("7")
    expect(ada.page.get_by_role("link", name="Basket 7 items")).to_be_visible()


def test_the_last_unit_is_sold_once(open_shop: OpenShop, shop: Shop, admin: User) -> None:
    last = shop.stocked(admin, 1)
    ada, bob = open_shop(), open_shop()
    for each in (ada, bob):
        each.sign_in_by_api()
        each.put_in_basket(last)
        each.go_to_checkout()
        each.fill_address()

    ada.place_order()
    bob.place_order()

    ada.expect_order()
    expect(bob.page.get_by_text("Some items are not in stock in this quantity")).to_be_visible()
    expect(bob.page.locator(".line-message")).to_have_text("Just sold out.")
    assert shop.stock(last) == (0, 1)


def test_insufficient_stock_can_be_ordered_in_the_available_quantity(
    customer: ShopPage, shop: Shop, admin: User
) -> None:
    lamp = shop.stocked(admin, 5)
    customer.put_in_basket(lamp, 5)
    customer.go_to_checkout()
    customer.fill_address()
    other = shop.register()
    assert shop.order(other, {lamp: 3}).status_code == 201

    customer.place_order()
    expect(customer.page.locator(".line-message")).to_contain_text(
        "You ordered 5, and 2 are in stock."
    )
    customer.button("Change quantity to 2").click()
    expect(customer.field("Street and number")).to_have_value("1 Example Street")
    customer.place_order()

    customer.expect_order()
    assert shop.stock(lamp) == (0, 5)


def test_a_changed_price_is_shown_before_the_order_is_placed(
    customer: ShopPage, shop: Shop, admin: User
) -> None:
    lamp = shop.stocked(admin, 5, price="10.00")
    customer.put_in_basket(lamp, 2)
    customer.go_to_checkout()
    customer.fill_address()
    assert (
        shop.call("PATCH", f"/api/products/{lamp}/", admin, json={"price": "11.00"}).status_code
        == 200
    )

    customer.place_order()
    expect(customer.page.get_by_text("Prices have changed")).to_be_visible()
    expect(customer.page.locator(".line-message")).to_have_text(
        "The price has changed. It was $10.00."
    )
    assert shop.stock(lamp) == (5, 0)
    customer.button("Place order for $22.00").click()

    customer.expect_order()
    assert shop.stock(lamp) == (3, 2)


def test_an_archived_product_is_marked_and_can_be_removed(
    customer: ShopPage, shop: Shop, admin: User
) -> None:
    lamp, chair = shop.stocked(admin, 5), shop.stocked(admin, 5, name="Chair")
    customer.put_in_basket(lamp)
    customer.put_in_basket(chair)
    customer.go_to_checkout()
    customer.fill_address()
    assert shop.call("DELETE", f"/api/products/{lamp}/", admin).status_code == 204

    customer.place_order()
    expect(customer.page.get_by_text("Some products are no longer sold")).to_be_visible()
    customer.button("Remove Desk lamp").click()
    customer.place_order()

    customer.expect_order()
    assert (shop.stock(lamp), shop.stock(chair)) == ((5, 0), (4, 1))


def test_related_products_and_sold_out_are_shown(
    open_shop: OpenShop, shop: Shop, admin: User
) -> None:
    category = f"Kind {uuid4().hex[:8]}"
    lamp = shop.stocked(admin, 1, name="Lamp", category=category)
    chair = shop.stocked(admin, 1, name="Chair", category=category)
    assert shop.order(shop.register(), {chair: 1}).status_code == 201
    ada = open_shop()
    ada.open(f"/products/{lamp}")

    ada.page.locator(".related").get_by_role("link", name="Chair").click()

    expect(ada.title).to_have_text("Chair")
    expect(ada.button("Sold out")).to_be_disabled()
    expect(ada.page.locator(".related a")).to_have_text(["Lamp"])


def test_a_saved_address_is_preselected_at_the_next_checkout(
    customer: ShopPage, shop: Shop, admin: User
) -> None:
    lamp = shop.stocked(admin, 5)
    customer.put_in_basket(lamp)
    customer.go_to_checkout()
    customer.fill_address()
    customer.page.get_by_label("Save in my address book").check()
    customer.place_order()
    customer.expect_order()

    customer.put_in_basket(lamp)
    customer.go_to_checkout()
    expect(customer.page.get_by_role("radio").first).to_be_checked()
    customer.place_order()

    customer.expect_order()
    expect(customer.page.locator(".address")).to_contain_text("1 Example Street")


def test_an_invalid_address_is_marked_and_nothing_is_ordered(
    customer: ShopPage, shop: Shop, admin: User
) -> None:
    lamp = shop.stocked(admin, 5)
    customer.put_in_basket(lamp)
    customer.go_to_checkout()

    customer.place_order()

    expect(customer.field("Name")).to_be_focused()
    expect(customer.field("Street and number")).to_have_attribute("aria-invalid", "true")
    assert shop.stock(lamp) == (5, 0)


def test_an_order_can_be_placed_by_keyboard(customer: ShopPage, shop: Shop, admin: User) -> None:
    word = f"chair{uuid4().hex[:8]}"
    chair = shop.stocked(admin, 5, name=f"Plain {word}")
    keys = customer.page.keyboard
    customer.open("/")

    keys.press("Tab")
    expect(customer.link("Skip to content")).to_be_focused()
    tab_to(customer, "searchbox", "Search the catalogue")
    keys.type(word)
    keys.press("Enter")
    expect(customer.title).to_contain_text(word)
    tab_to(customer, "link", f"Plain {word}")
    keys.press("Enter")
    expect(customer.title).to_be_focused()
    tab_to(customer, "button", "Add to basket")
    keys.press("Enter")
    tab_to(customer, "link", "Go to basket")
    keys.press("Enter")
    expect(customer.title).to_have_text("Basket")
    tab_to(customer, "link", "Go to checkout")
    keys.press("Enter")
    expect(customer.title).to_have_text("Checkout")
    tab_to(customer, "textbox", "Name")
    keys.type("Ada")
    for text in ("1 Example Street", "", "", "Exampleton", "", "Netherlands"):
        keys.press("Tab")
        keys.type(text)
    tab_to(customer, "button", "Place order for $19.99")
    keys.press("Enter")

    customer.expect_order()
    assert shop.stock(chair) == (4, 1)


def tab_to(page: ShopPage, role: str, name: str, most: int = 60) -> None:
    wanted = page.page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
    wanted.first.wait_for()
    for _ in range(most):
        page.page.keyboard.press("Tab")
        if wanted.first.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{most} times Tab, and {name} has not had the focus.")

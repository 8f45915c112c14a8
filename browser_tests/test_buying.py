"""From looking around to an order, and back."""

from collections.abc import Callable
from uuid import uuid4

from playwright.sync_api import expect

from browser_tests.visitor import Visitor
from integration_tests.shop import PASSWORD, Shop, User

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'

Visitors = Callable[..., Visitor]


def test_a_visitor_registers_searches_orders_and_cancels(visitor: Visitors, shop: Shop, boss: User) -> None:
    word = f"lamp{uuid4().hex[:8]}"
    lamp = shop.stocked(boss, 4, name=f"Reading {word}", price="12.50", category="Home/Lighting")
    ada = visitor()
    ada.register()

    ada.search(word)
    expect(ada.page.locator(".card .stock")).to_have_text("Only 4 left")
    ada.link(f"Reading {word}").click()
    ada.page.get_by_role("spinbutton", name="Quantity").fill("3")
    ada.button("Add to basket").click()
    ada.link("Go to basket").click()
    expect(ada.page.locator(".total .price")).to_have_text("$37.50")
    ada.link("Go to checkout").click()
    ada.write_address()
    ada.place()

    order = ada.sees_order()
    expect(ada.page.get_by_text("Thank you. Your order is placed.")).to_be_visible()
    expect(ada.page.locator(".timeline li")).to_have_count(1)
    assert shop.stock(lamp) == (1, 3)
    ada.open(f"/products/{lamp}")
    expect(ada.stock_shown()).to_have_text("Only 1 left")

    ada.open("/orders")
    ada.page.locator(".order-number").first.click()
    ada.button("Cancel this order").click()
    ada.page.get_by_role("dialog").get_by_role("button", name="Cancel this order").click()
    expect(ada.page.locator("[data-status]")).to_have_text("Cancelled")
    expect(ada.page.locator(".timeline li")).to_have_count(2)
    ada.open(f"/products/{lamp}")
    expect(ada.stock_shown()).to_have_text("Only 4 left")
    assert shop.stock(lamp) == (4, 0)
    assert order


def test_a_cancelled_order_is_no_longer_thanked_for(buyer: Visitor, shop: Shop, boss: User) -> None:
    buyer.order(shop.stocked(boss, 4))
    thanks = buyer.page.get_by_text("Thank you. Your order is placed.")
    expect(thanks).to_be_visible()
    buyer.button("Cancel this order").click()
    buyer.page.get_by_role("dialog").get_by_role("button", name="Cancel this order").click()
    expect(buyer.page.locator("[data-status]")).to_have_text("Cancelled")
    expect(thanks).to_have_count(0)


def test_a_visitor_who_is_signed_out_is_led_through_signing_in_to_the_checkout(visitor: Visitors, shop: Shop, boss: User) -> None:
    person, lamp, ada = shop.register(), shop.stocked(boss, 4), visitor()
    ada.put_in_basket(lamp)
    ada.open("/checkout")
    expect(ada.title).to_have_text("Sign in to order")
    expect(ada.page.get_by_text("Your basket stays as it is")).to_be_visible()
    ada.page.get_by_role("main").get_by_role("link", name="Sign in").click()
    ada.field("E-mail address").fill(person.email)
    ada.field("Password").fill(PASSWORD)
    ada.button("Sign in").click()
    expect(ada.title).to_have_text("Checkout")
    expect(ada.page.get_by_role("spinbutton")).to_have_value("1")


def test_more_than_there_is_cannot_go_to_the_checkout(buyer: Visitor, shop: Shop, boss: User) -> None:
    lamp = shop.stocked(boss, 4, name="Reading lamp")
    buyer.open(f"/products/{lamp}")
    expect(buyer.stock_shown()).to_have_text("Only 4 left")
    buyer.page.get_by_role("spinbutton", name="Quantity").fill("50")
    buyer.button("Add to basket").click()
    buyer.open("/basket")
    expect(buyer.page.get_by_role("spinbutton")).to_have_value("4")
    buyer.page.get_by_role("spinbutton").fill("50")
    buyer.page.keyboard.press("Tab")
    expect(buyer.page.locator(".remark")).to_contain_text("There are only 4 left.")
    expect(buyer.link("Go to checkout")).to_have_count(0)
    buyer.button("Take 4").click()
    expect(buyer.link("Go to checkout")).to_be_visible()


def test_an_error_of_a_field_goes_when_the_field_is_corrected(visitor: Visitors) -> None:
    ada = visitor()
    ada.open("/register")
    ada.field("E-mail address").fill("ada")
    ada.field("Password").fill("long enough, surely")
    ada.page.get_by_role("main").get_by_role("button", name="Register").click()
    invalid = ada.page.locator("[aria-invalid]")
    expect(invalid).to_have_count(1)
    ada.field("E-mail address").fill("ada@example.com")
    expect(invalid).to_have_count(0)
    expect(ada.page.locator(".error:not(:empty)")).to_have_count(0)


def test_a_products_picture_is_named(visitor: Visitors, shop: Shop, boss: User) -> None:
    pictured = shop.stocked(boss, 1, name="Tall lamp", image_url="https://images.example.com/lamp.svg")
    ada = visitor()
    ada.page.route("https://images.example.com/*", lambda route: route.fulfill(content_type="image/svg+xml", body=PICTURE))
    ada.open(f"/products/{pictured}")
    expect(ada.page.get_by_role("img", name="Tall lamp")).to_be_visible()


def test_the_basket_is_there_at_the_next_visit_and_when_signing_in(visitor: Visitors, shop: Shop, boss: User) -> None:
    lamp = shop.stocked(boss, 50)
    ada = visitor()
    ada.put_in_basket(lamp, 7)

    ada.page.close()
    ada.page = ada.new_tab()
    ada.register()
    ada.open("/basket")

    expect(ada.page.get_by_role("spinbutton")).to_have_value("7")
    expect(ada.page.get_by_role("link", name="Basket 7 pieces")).to_be_visible()


def test_of_two_who_want_the_last_one_the_slower_is_told(visitor: Visitors, shop: Shop, boss: User) -> None:
    last = shop.stocked(boss, 1)
    ada, bob = visitor(), visitor()
    for each in (ada, bob):
        each.arrive()
        each.put_in_basket(last)
        each.go_to_checkout()
        each.write_address()

    ada.place()
    bob.place()

    ada.sees_order()
    expect(bob.page.get_by_text("There is not enough of everything")).to_be_visible()
    expect(bob.page.locator(".remark")).to_have_text("It has just sold out.")
    assert shop.stock(last) == (0, 1)


def test_who_wants_more_than_there_is_can_take_what_there_is(buyer: Visitor, shop: Shop, boss: User) -> None:
    lamp = shop.stocked(boss, 5)
    buyer.put_in_basket(lamp, 5)
    buyer.go_to_checkout()
    buyer.write_address()
    other = shop.register()
    assert shop.order(other, {lamp: 3}).status_code == 201

    buyer.place()
    expect(buyer.page.locator(".remark")).to_contain_text("You want 5; there are 2.")
    buyer.button("Take 2").click()
    expect(buyer.field("Street and number")).to_have_value("1 Example Street")
    buyer.place()

    buyer.sees_order()
    assert shop.stock(lamp) == (0, 5)


def test_another_price_is_shown_before_anything_is_ordered(buyer: Visitor, shop: Shop, boss: User) -> None:
    lamp = shop.stocked(boss, 5, price="10.00")
    buyer.put_in_basket(lamp, 2)
    buyer.go_to_checkout()
    buyer.write_address()
    assert shop.call("PATCH", f"/api/products/{lamp}/", boss, json={"price": "11.00"}).status_code == 200

    buyer.place()
    expect(buyer.page.get_by_text("Prices have changed")).to_be_visible()
    expect(buyer.page.locator(".remark")).to_have_text("The price has changed; it was $10.00.")
    assert shop.stock(lamp) == (5, 0)
    buyer.button("Place order for $22.00").click()

    buyer.sees_order()
    assert shop.stock(lamp) == (3, 2)


def test_what_is_no_longer_sold_is_marked_and_can_be_removed(buyer: Visitor, shop: Shop, boss: User) -> None:
    lamp, chair = shop.stocked(boss, 5), shop.stocked(boss, 5, name="Chair")
    buyer.put_in_basket(lamp)
    buyer.put_in_basket(chair)
    buyer.go_to_checkout()
    buyer.write_address()
    assert shop.call("DELETE", f"/api/products/{lamp}/", boss).status_code == 204

    buyer.place()
    expect(buyer.page.get_by_text("Some of it is no longer sold")).to_be_visible()
    buyer.button("Remove Desk lamp").click()
    buyer.place()

    buyer.sees_order()
    assert (shop.stock(lamp), shop.stock(chair)) == ((5, 0), (4, 1))


def test_a_product_leads_to_others_of_its_kind_and_says_when_it_is_sold_out(visitor: Visitors, shop: Shop, boss: User) -> None:
    category = f"Kind {uuid4().hex[:8]}"
    lamp = shop.stocked(boss, 1, name="Lamp", category=category)
    chair = shop.stocked(boss, 1, name="Chair", category=category)
    assert shop.order(shop.register(), {chair: 1}).status_code == 201
    ada = visitor()
    ada.open(f"/products/{lamp}")

    ada.page.locator(".related").get_by_role("link", name="Chair").click()

    expect(ada.title).to_have_text("Chair")
    expect(ada.button("Sold out")).to_be_disabled()
    expect(ada.page.locator(".related a")).to_have_text(["Lamp"])


def test_an_address_that_is_kept_can_be_chosen_the_next_time(buyer: Visitor, shop: Shop, boss: User) -> None:
    lamp = shop.stocked(boss, 5)
    buyer.put_in_basket(lamp)
    buyer.go_to_checkout()
    buyer.write_address()
    buyer.page.get_by_label("Keep it in my address book").check()
    buyer.place()
    buyer.sees_order()

    buyer.put_in_basket(lamp)
    buyer.go_to_checkout()
    expect(buyer.page.get_by_role("radio").first).to_be_checked()
    buyer.place()

    buyer.sees_order()
    expect(buyer.page.locator(".address")).to_contain_text("1 Example Street")


def test_a_faulty_address_is_marked_and_nothing_is_ordered(buyer: Visitor, shop: Shop, boss: User) -> None:
    lamp = shop.stocked(boss, 5)
    buyer.put_in_basket(lamp)
    buyer.go_to_checkout()

    buyer.place()

    expect(buyer.field("Name")).to_be_focused()
    expect(buyer.field("Street and number")).to_have_attribute("aria-invalid", "true")
    assert shop.stock(lamp) == (5, 0)


def test_a_whole_order_by_keyboard_alone(buyer: Visitor, shop: Shop, boss: User) -> None:
    word = f"chair{uuid4().hex[:8]}"
    chair = shop.stocked(boss, 5, name=f"Plain {word}")
    keys = buyer.page.keyboard
    buyer.open("/")

    keys.press("Tab")
    expect(buyer.link("Skip to content")).to_be_focused()
    tab_to(buyer, "searchbox", "Search the catalogue")
    keys.type(word)
    keys.press("Enter")
    expect(buyer.title).to_contain_text(word)
    tab_to(buyer, "link", f"Plain {word}")
    keys.press("Enter")
    expect(buyer.title).to_be_focused()
    tab_to(buyer, "button", "Add to basket")
    keys.press("Enter")
    tab_to(buyer, "link", "Go to basket")
    keys.press("Enter")
    expect(buyer.title).to_have_text("Basket")
    tab_to(buyer, "link", "Go to checkout")
    keys.press("Enter")
    expect(buyer.title).to_have_text("Checkout")
    tab_to(buyer, "textbox", "Name")
    keys.type("Ada")
    for text in ("1 Example Street", "", "", "Exampleton", "", "Netherlands"):
        keys.press("Tab")
        keys.type(text)
    tab_to(buyer, "button", "Place order for $19.99")
    keys.press("Enter")

    buyer.sees_order()
    assert shop.stock(chair) == (4, 1)


def tab_to(visitor: Visitor, role: str, name: str, most: int = 60) -> None:
    wanted = visitor.page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
    wanted.first.wait_for()
    for _ in range(most):
        visitor.page.keyboard.press("Tab")
        if wanted.first.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{most} times Tab, and {name} has not had the focus.")

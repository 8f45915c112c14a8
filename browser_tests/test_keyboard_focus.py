"""The keyboard focus after a change: on the same control, or on the one in its place."""

from playwright.sync_api import expect

from browser_tests.page_object import ShopPage
from integration_tests.shop import Shop, User


def test_focus_stays_on_the_increase_button(customer: ShopPage, shop: Shop, admin: User) -> None:
    customer.put_in_basket(shop.stocked(admin, 50))
    customer.open("/basket")
    more = customer.button("Increase")
    more.focus()

    for units in ("2", "3", "4"):
        with customer.page.expect_response("**/api/inventory/**"):
            customer.page.keyboard.press("Enter")
        expect(customer.page.get_by_role("spinbutton")).to_have_value(units)
        expect(more).to_be_focused()
    expect(customer.page.locator(".total .price")).to_have_text("$79.96")


def test_focus_moves_to_the_next_line_after_a_removal(
    customer: ShopPage, shop: Shop, admin: User
) -> None:
    for name in ("Lamp", "Chair", "Table"):
        customer.put_in_basket(shop.stocked(admin, 5, name=name))
    customer.open("/basket")

    customer.button("Remove Chair").focus()
    customer.page.keyboard.press("Enter")
    expect(customer.button("Remove Table")).to_be_focused()
    customer.page.keyboard.press("Enter")
    expect(customer.button("Remove Lamp")).to_be_focused()
    customer.page.keyboard.press("Enter")

    expect(customer.title).to_be_focused()
    expect(customer.page.get_by_text("Your basket is empty")).to_be_visible()


def test_focus_returns_after_a_dialog(customer: ShopPage, shop: Shop, admin: User) -> None:
    customer.order(shop.stocked(admin, 5))
    customer.button("Cancel order").focus()
    customer.page.keyboard.press("Enter")
    expect(customer.page.get_by_role("dialog")).to_be_visible()
    customer.page.keyboard.press("Escape")
    expect(customer.button("Cancel order")).to_be_focused()

    customer.page.keyboard.press("Enter")
    customer.page.keyboard.press("Enter")

    expect(customer.page.locator("[data-status]")).to_have_text("Cancelled")
    expect(customer.title).to_be_focused()


def test_focus_stays_on_the_button_of_a_rejected_form(
    staff: ShopPage, shop: Shop, admin: User
) -> None:
    staff.open(f"/staff/stock/{shop.stocked(admin, 1)}")
    main = staff.page.get_by_role("main")
    main.get_by_label("Units to add (negative to remove)").fill("-3")
    main.get_by_label("Reason").fill("Broken")
    staff.button("Adjust stock").focus()
    staff.page.keyboard.press("Enter")

    expect(staff.page.get_by_role("alert")).to_contain_text("There is not enough stock.")
    expect(staff.button("Adjust stock")).to_be_focused()


def test_a_focused_toast_stays_until_escape(customer: ShopPage, shop: Shop, admin: User) -> None:
    customer.page.clock.install()
    customer.put_in_basket(shop.stocked(admin, 5))
    customer.link("Go to basket").focus()
    customer.page.clock.run_for(30_000)
    expect(customer.link("Go to basket")).to_be_focused()

    customer.page.keyboard.press("Escape")

    expect(customer.page.locator(".toast")).to_have_count(0)

"""Where the focus is after something has changed: where it was, or at what has come in its place."""

from playwright.sync_api import expect

from browser_tests.visitor import Visitor
from integration_tests.shop import Shop, User


def test_more_of_it_by_keyboard_again_and_again(buyer: Visitor, shop: Shop, boss: User) -> None:
    buyer.put_in_basket(shop.stocked(boss, 50))
    buyer.open("/basket")
    more = buyer.button("One more")
    more.focus()

    for units in ("2", "3", "4"):
        with buyer.page.expect_response("**/api/inventory/**"):
            buyer.page.keyboard.press("Enter")
        expect(buyer.page.get_by_role("spinbutton")).to_have_value(units)
        expect(more).to_be_focused()
    expect(buyer.page.locator(".total .price")).to_have_text("$79.96")


def test_after_a_line_is_removed_the_next_one_is_at_hand(buyer: Visitor, shop: Shop, boss: User) -> None:
    for name in ("Lamp", "Chair", "Table"):
        buyer.put_in_basket(shop.stocked(boss, 5, name=name))
    buyer.open("/basket")

    buyer.button("Remove Chair").focus()
    buyer.page.keyboard.press("Enter")
    expect(buyer.button("Remove Table")).to_be_focused()
    buyer.page.keyboard.press("Enter")
    expect(buyer.button("Remove Lamp")).to_be_focused()
    buyer.page.keyboard.press("Enter")

    expect(buyer.title).to_be_focused()
    expect(buyer.page.get_by_text("Your basket is empty")).to_be_visible()


def test_escape_leaves_a_question_where_it_was_asked_and_yes_leads_to_what_has_changed(
    buyer: Visitor, shop: Shop, boss: User
) -> None:
    buyer.order(shop.stocked(boss, 5))
    buyer.button("Cancel this order").focus()
    buyer.page.keyboard.press("Enter")
    expect(buyer.page.get_by_role("dialog")).to_be_visible()
    buyer.page.keyboard.press("Escape")
    expect(buyer.button("Cancel this order")).to_be_focused()

    buyer.page.keyboard.press("Enter")
    buyer.page.keyboard.press("Enter")

    expect(buyer.page.locator("[data-status]")).to_have_text("Cancelled")
    expect(buyer.title).to_be_focused()


def test_a_refused_form_keeps_the_focus_at_its_button(staff: Visitor, shop: Shop, boss: User) -> None:
    staff.open(f"/desk/stock/{shop.stocked(boss, 1)}")
    main = staff.page.get_by_role("main")
    main.get_by_label("Units, with a minus to take away").fill("-3")
    main.get_by_label("Reason").fill("Broken")
    staff.button("Correct").focus()
    staff.page.keyboard.press("Enter")

    expect(staff.page.get_by_role("alert")).to_contain_text("There is not that much in stock.")
    expect(staff.button("Correct")).to_be_focused()


def test_a_message_waits_for_whoever_is_at_it_and_goes_with_escape(buyer: Visitor, shop: Shop, boss: User) -> None:
    buyer.page.clock.install()
    buyer.put_in_basket(shop.stocked(boss, 5))
    buyer.link("Go to basket").focus()
    buyer.page.clock.run_for(30_000)
    expect(buyer.link("Go to basket")).to_be_focused()

    buyer.page.keyboard.press("Escape")

    expect(buyer.page.locator(".toast")).to_have_count(0)

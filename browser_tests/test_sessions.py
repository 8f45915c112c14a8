"""Signing in, staying signed in, and out: what the browser keeps, and what a script in the page could get at."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from browser_tests.visitor import PASSWORD, Visitor
from integration_tests.concurrency import wait_until
from integration_tests.shop import Shop
from integration_tests.shop import expect as answered
from local_stack import Stack

Visitors = Callable[..., Visitor]
WITHIN_REACH = "() => JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}])"


def test_no_script_can_read_a_token(buyer: Visitor) -> None:
    assert "ey" not in buyer.page.evaluate(WITHIN_REACH).replace("signedIn", "")
    [cookie] = [each for each in buyer.context.cookies() if each["name"] == "shop_session"]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    assert cookie["value"] not in buyer.page.evaluate(WITHIN_REACH)


def test_a_reload_keeps_a_visitor_signed_in(buyer: Visitor) -> None:
    buyer.open("/account")
    buyer.page.reload()

    expect(buyer.field("E-mail address")).to_have_value(buyer.email)


def test_tabs_that_start_at_once_all_stay_signed_in(buyer: Visitor) -> None:
    tabs = [buyer.new_tab() for _ in range(4)]
    for tab in tabs:
        tab.evaluate("address => { setTimeout(() => location.assign(address)) }", f"{buyer.shop}/account")

    for tab in tabs:
        expect(tab.locator("main h1")).to_have_text("Your account")
    buyer.open("/account")
    expect(buyer.title).to_have_text("Your account")


def test_leaving_a_page_again_and_again_while_it_refreshes_ends_nothing(buyer: Visitor) -> None:
    for _ in range(5):
        buyer.page.goto(f"{buyer.shop}/account", wait_until="commit")

    buyer.open("/account")

    expect(buyer.title).to_have_text("Your account")


def test_signing_out_in_one_tab_is_signing_out_in_all(buyer: Visitor) -> None:
    other = buyer.new_tab()
    other.goto(f"{buyer.shop}/account")
    expect(other.locator("main h1")).to_have_text("Your account")

    buyer.open("/account")
    buyer.button("Sign out").click()

    expect(buyer.link("Sign in")).to_be_visible()
    expect(other.locator("main h1")).to_have_text("Sign in")
    assert not [each for each in buyer.context.cookies() if each["name"] == "shop_session"]


def test_a_wrong_password_is_said_in_words(visitor: Visitors) -> None:
    ada = visitor()
    ada.open("/sign-in")
    ada.field("E-mail address").fill("nobody@example.com")
    ada.field("Password").fill("not this one")
    ada.button("Sign in").click()

    expect(ada.page.get_by_role("alert")).to_contain_text("There is no account with this e-mail address and password.")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)"])
def test_a_link_to_the_sign_in_page_leads_nowhere_else(visitor: Visitors, buyer: Visitor, elsewhere: str) -> None:
    other = visitor()
    other.open(f"/sign-in?next={elsewhere}")
    other.field("E-mail address").fill(buyer.email)
    other.field("Password").fill(PASSWORD)
    other.button("Sign in").click()

    expect(other.title).to_have_text("Catalogue")
    assert other.page.url.startswith(other.shop)


def test_a_forgotten_password_is_reset_by_mail(buyer: Visitor, visitor: Visitors, stack: Stack) -> None:
    forgetful = visitor()
    forgetful.open("/reset")
    forgetful.field("E-mail address").fill(buyer.email)
    forgetful.button("Send the mail").click()
    expect(forgetful.page.get_by_text("a mail is on its way")).to_be_visible()
    wanted = re.compile(rf"for {re.escape(buyer.email)}.*?(/reset#token=[\w-]+)", re.DOTALL)
    link = wait_until(lambda: wanted.search(stack.data.log("user").read_text()), timeout=20.0).group(1)

    forgetful.open(link)
    forgetful.field("New password").fill("another long walk")
    forgetful.button("Set a new password").click()
    expect(forgetful.page.get_by_text("Your new password is good.")).to_be_visible()
    forgetful.sign_in(buyer.email, "another long walk", then="/account")

    expect(forgetful.field("E-mail address")).to_have_value(buyer.email)
    buyer.open("/account")
    expect(buyer.title).to_have_text("Sign in")


def test_the_profile_the_password_and_the_address_book_are_changed(buyer: Visitor) -> None:
    buyer.open("/account")
    buyer.page.locator(".panel", has_text="Profile").get_by_label("Name").fill("Ada L.")
    buyer.button("Save").first.click()
    expect(buyer.page.locator(".toast")).to_contain_text("Saved.")
    buyer.button("Add an address").click()
    dialog = buyer.page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Ada")
    dialog.get_by_label("Street and number").fill("2 Example Street")
    dialog.get_by_label("City").fill("Exampleton")
    dialog.get_by_label("Country").select_option("DE")
    dialog.get_by_role("button", name="Save").click()
    expect(buyer.page.locator(".address-card")).to_contain_text("2 Example Street")
    panel = buyer.page.locator(".panel", has=buyer.page.get_by_role("heading", name="Change password"))
    panel.get_by_label("Current password").fill(PASSWORD)
    panel.get_by_label("New password").fill("another long walk")
    panel.get_by_role("button", name="Change password").click()
    expect(buyer.page.locator(".toast")).to_contain_text("Your password is changed.")

    buyer.page.reload()

    expect(buyer.page.locator(".panel", has_text="Profile").get_by_label("Name")).to_have_value("Ada L.")
    expect(buyer.page.locator(".address-card")).to_contain_text("2 Example Street")


def test_a_closed_account_is_gone(buyer: Visitor, shop: Shop) -> None:
    buyer.open("/account")
    buyer.button("Close the account").click()
    dialog = buyer.page.get_by_role("dialog")
    dialog.get_by_label("Current password").fill("a guess")
    dialog.get_by_role("button", name="Close the account").click()
    expect(dialog.get_by_text("This is not your password.")).to_be_visible()
    dialog.get_by_label("Current password").fill(PASSWORD)
    expect(dialog.get_by_text("This is not your password.")).to_have_count(0)
    dialog.get_by_role("button", name="Close the account").click()
    expect(buyer.link("Sign in")).to_be_visible()

    answered(401, shop.post("/api/users/token/", json={"email": buyer.email, "password": PASSWORD}))

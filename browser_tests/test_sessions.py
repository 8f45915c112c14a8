"""Sign-in, refresh and sign-out: what the browser stores, and what a script could read."""

import re

import pytest
from playwright.sync_api import expect

from browser_tests.page_object import PASSWORD, OpenShop, ShopPage
from integration_tests.shop import Shop
from integration_tests.shop import expect as answered
from integration_tests.timing import wait_until
from local_stack import Stack

WITHIN_REACH = "() => JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}])"


def test_no_script_can_read_a_token(customer: ShopPage) -> None:
    assert "ey" not in customer.page.evaluate(WITHIN_REACH).replace("signedIn", "")
    [cookie] = [each for each in customer.context.cookies() if each["name"] == "shop_session"]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    assert cookie["value"] not in customer.page.evaluate(WITHIN_REACH)


def test_a_reload_keeps_the_user_signed_in(customer: ShopPage) -> None:
    customer.open("/account")
    customer.page.reload()

    expect(customer.field("E-mail address")).to_have_value(customer.email)


def test_concurrent_refreshes_of_tabs_keep_all_signed_in(customer: ShopPage) -> None:
    tabs = [customer.new_tab() for _ in range(4)]
    for tab in tabs:
        tab.evaluate(
            "address => { setTimeout(() => location.assign(address)) }", f"{customer.shop}/account"
        )

    for tab in tabs:
        expect(tab.locator("main h1")).to_have_text("Your account")
    customer.open("/account")
    expect(customer.title).to_have_text("Your account")


def test_an_aborted_refresh_does_not_end_the_session(customer: ShopPage) -> None:
    for _ in range(5):
        customer.page.goto(f"{customer.shop}/account", wait_until="commit")

    customer.open("/account")

    expect(customer.title).to_have_text("Your account")


def test_sign_out_in_one_tab_signs_out_all_tabs(customer: ShopPage) -> None:
    other = customer.new_tab()
    other.goto(f"{customer.shop}/account")
    expect(other.locator("main h1")).to_have_text("Your account")

    customer.open("/account")
    customer.button("Sign out").click()

    expect(customer.link("Sign in")).to_be_visible()
    expect(other.locator("main h1")).to_have_text("Sign in")
    assert not [each for each in customer.context.cookies() if each["name"] == "shop_session"]


def test_a_wrong_password_is_explained(open_shop: OpenShop) -> None:
    ada = open_shop()
    ada.open("/sign-in")
    ada.field("E-mail address").fill("nobody@example.com")
    ada.field("Password").fill("not this one")
    ada.button("Sign in").click()

    expect(ada.page.get_by_role("alert")).to_contain_text("E-mail address or password is wrong.")


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)"],
)
def test_sign_in_does_not_redirect_to_another_site(
    open_shop: OpenShop, customer: ShopPage, elsewhere: str
) -> None:
    other = open_shop()
    other.open(f"/sign-in?next={elsewhere}")
    other.field("E-mail address").fill(customer.email)
    other.field("Password").fill(PASSWORD)
    other.button("Sign in").click()

    expect(other.title).to_have_text("Catalogue")
    assert other.page.url.startswith(other.shop)


def test_a_forgotten_password_is_reset_by_mail(
    customer: ShopPage, open_shop: OpenShop, stack: Stack
) -> None:
    forgetful = open_shop()
    forgetful.open("/reset")
    forgetful.field("E-mail address").fill(customer.email)
    forgetful.button("Send e-mail").click()
    expect(forgetful.page.get_by_text("an e-mail is on its way")).to_be_visible()
    wanted = re.compile(rf"for {re.escape(customer.email)}.*?(/reset#token=[\w-]+)", re.DOTALL)
    link = wait_until(
        lambda: wanted.search(stack.data.log("user").read_text()), timeout=20.0
    ).group(1)

    forgetful.open(link)
    forgetful.field("New password").fill("another long walk")
    forgetful.button("Set a new password").click()
    expect(forgetful.page.get_by_text("Your new password is set.")).to_be_visible()
    forgetful.sign_in(customer.email, "another long walk", then="/account")

    expect(forgetful.field("E-mail address")).to_have_value(customer.email)
    customer.open("/account")
    expect(customer.title).to_have_text("Sign in")


def test_the_profile_the_password_and_the_address_book_are_changed(customer: ShopPage) -> None:
    customer.open("/account")
    customer.page.locator(".panel", has_text="Profile").get_by_label("Name").fill("Ada L.")
    customer.button("Save").first.click()
    expect(customer.page.locator(".toast")).to_contain_text("Saved.")
    customer.button("Add address").click()
    dialog = customer.page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Ada")
    dialog.get_by_label("Street and number").fill("2 Example Street")
    dialog.get_by_label("City").fill("Exampleton")
    dialog.get_by_label("Country").select_option("DE")
    dialog.get_by_role("button", name="Save").click()
    expect(customer.page.locator(".address-card")).to_contain_text("2 Example Street")
    panel = customer.page.locator(
        ".panel", has=customer.page.get_by_role("heading", name="Change password")
    )
    panel.get_by_label("Current password").fill(PASSWORD)
    panel.get_by_label("New password").fill("another long walk")
    panel.get_by_role("button", name="Change password").click()
    expect(customer.page.locator(".toast")).to_contain_text("Your password is changed.")

    customer.page.reload()

    expect(customer.page.locator(".panel", has_text="Profile").get_by_label("Name")).to_have_value(
        "Ada L."
    )
    expect(customer.page.locator(".address-card")).to_contain_text("2 Example Street")


def test_a_closed_account_cannot_sign_in(customer: ShopPage, shop: Shop) -> None:
    customer.open("/account")
    customer.button("Close account").click()
    dialog = customer.page.get_by_role("dialog")
    dialog.get_by_label("Current password").fill("a guess")
    dialog.get_by_role("button", name="Close account").click()
    expect(dialog.get_by_text("This is not your password.")).to_be_visible()
    dialog.get_by_label("Current password").fill(PASSWORD)
    expect(dialog.get_by_text("This is not your password.")).to_have_count(0)
    dialog.get_by_role("button", name="Close account").click()
    expect(customer.link("Sign in")).to_be_visible()

    answered(
        401, shop.post("/api/users/token/", json={"email": customer.email, "password": PASSWORD})
    )

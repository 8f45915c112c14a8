"""The page object of the storefront: one browser context with its current page."""

import re
from collections.abc import Callable
from uuid import uuid4

from playwright.sync_api import BrowserContext, Locator, Page, expect

PASSWORD = "a-long-walk-home"  # noqa: S105  (of test accounts)
ADDRESS = {"Name": "Ada Example", "Street and number": "1 Example Street", "City": "Exampleton"}


class ShopPage:
    def __init__(self, context: BrowserContext, shop: str) -> None:
        self.context = context
        self.shop = shop
        self.email = f"customer-{uuid4().hex[:12]}@example.com"
        self.page = self.new_tab()

    def new_tab(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(15_000)
        return page

    def open(self, path: str) -> None:
        self.page.goto(f"{self.shop}{path}")
        expect(self.page.locator("main:not([aria-busy]) h1")).to_be_visible()

    @property
    def title(self) -> Locator:
        return self.page.locator("main h1")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name, exact=True)

    def field(self, label: str) -> Locator:
        """The label may end with “(optional)”."""
        return self.page.get_by_label(re.compile(rf"^{re.escape(label)}( \(optional\))?$"))

    def register(self) -> None:
        self.open("/register")
        self.field("Name").fill("Ada")
        self.field("E-mail address").fill(self.email)
        self.field("Password").fill(PASSWORD)
        self.button("Register").click()
        expect(self.title).to_have_text("Catalogue")

    def sign_in_by_api(self, email: str = "", password: str = PASSWORD) -> None:
        """Sign in without the pages, which is faster.

        Registers a new account unless `email` is given.
        """
        who = {"email": email or self.email, "password": password}
        if not email:
            assert self.context.request.post(
                f"{self.shop}/api/users/", data={**who, "name": "Ada"}
            ).ok
        assert self.context.request.post(f"{self.shop}/api/users/session/", data=who).ok
        self.page.goto(f"{self.shop}/icon.svg")
        self.page.evaluate("localStorage.setItem('shop.signedIn', 'true')")

    def sign_in(self, email: str = "", password: str = PASSWORD, then: str = "/") -> None:
        self.open(f"/sign-in?next={then}")
        self.field("E-mail address").fill(email or self.email)
        self.field("Password").fill(password)
        self.button("Sign in").click()
        expect(self.title).not_to_have_text("Sign in")

    def search(self, words: str) -> None:
        self.page.get_by_role("searchbox").fill(words)
        self.page.keyboard.press("Enter")
        expect(self.title).to_contain_text(words)

    def put_in_basket(self, product_id: str, quantity: int = 1) -> None:
        self.open(f"/products/{product_id}")
        self.page.get_by_role("spinbutton", name="Quantity").fill(str(quantity))
        self.button("Add to basket").click()
        expect(self.link("Go to basket")).to_be_visible()

    def go_to_checkout(self) -> None:
        self.open("/basket")
        self.link("Go to checkout").click()
        expect(self.title).to_have_text("Checkout")

    def fill_address(self) -> None:
        for label, value in ADDRESS.items():
            self.field(label).fill(value)
        self.field("Country").select_option("NL")

    def place_order(self) -> None:
        self.page.get_by_role("button", name=re.compile("^Place order for")).click()

    def order(self, product_id: str, quantity: int = 1) -> str:
        """Place an order and return its id."""
        self.put_in_basket(product_id, quantity)
        self.go_to_checkout()
        self.fill_address()
        self.place_order()
        return self.expect_order()

    def expect_order(self) -> str:
        expect(self.title).to_contain_text("Order SO-", timeout=60_000)
        return self.page.url.split("/orders/")[1].partition("?")[0]

    def stock_badge(self) -> Locator:
        return self.page.locator(".stock")


OpenShop = Callable[..., ShopPage]
"""Opens the shop in a new browser context."""

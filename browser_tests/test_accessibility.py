"""Every page at two widths, light and dark: no serious violation found by axe, no horizontal
scrolling. Saves screenshots.

The product data is as hostile as a stolen staff account could make it.
"""

from collections.abc import Callable
from typing import Any, Literal
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from browser_tests.conftest import ARTEFACTS
from browser_tests.page_object import OpenShop, ShopPage
from integration_tests.shop import ADMIN, Shop, User

HOSTILE_PRODUCTS: list[dict[str, Any]] = [
    {
        "name": "<script>document.title = 'ours'</script><img src=x onerror=alert(1)>",
        "description": "<b>bold</b> " + "x" * 9_900,
    },
    {"name": "מנורת שולחן עם רגל קרמיקה", "description": "תיאור ארוך של המנורה. " * 50},
    {
        "name": "W" * 200,
        "description": "L" * 10_000,
        "price": "9999999999.99",
        "category": "A/" + "B" * 90,
    },
    {"name": "Lamp with a picture that is gone", "image_url": "http://127.0.0.1:9/lamp.jpg"},
]
PUBLIC_PAGES = [
    "/",
    "/?search=lamp",
    "/?search=nothingatallfits",
    "/products/{product}",
    "/basket",
    "/sign-in",
    "/register",
    "/reset",
    "/reset#token=x",
    "/nowhere",
]
DOCUMENTS = ["/docs/", "/errors/", "/errors/insufficient_stock"]
CUSTOMER_PAGES = ["/checkout", "/orders", "/orders/{order}", "/account"]
STAFF_PAGES = [
    *(
        "/staff",
        "/staff/products/new",
        "/staff/products/{product}",
        "/staff/import",
        "/staff/stock?low_stock=all",
    ),
    *("/staff/stock/{product}", "/staff/orders", "/orders/{order}", "/staff/users"),
]
LOOKS = [(width, scheme) for width in (320, 1440) for scheme in ("light", "dark")]
AXE_LOOKS = {(320, "light"), (1440, "dark")}
"""Each width and each color scheme once; axe is slow."""
IDS = [f"{width}-{scheme}" for width, scheme in LOOKS]
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def hostile_products(shop: Shop, admin: User) -> list[str]:
    """With enough stock for all tests of this module."""
    return [
        shop.stocked(admin, 50, sku=f"HOSTILE-{uuid4().hex[:12]}", **facts)
        for facts in HOSTILE_PRODUCTS
    ]


@pytest.fixture(params=LOOKS, ids=IDS)
def open_with_look(request: pytest.FixtureRequest, open_shop: OpenShop) -> Callable[[], ShopPage]:
    width, scheme = request.param
    return lambda: open_shop(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )


def inspect(page: ShopPage, path: str, name: str) -> None:
    page.open(path)
    expect(page.page.locator(".stock-slot:empty")).to_have_count(0)
    look_at(page.page, name)


def look_at(page: Page, name: str) -> None:
    width = page.viewport_size["width"] if page.viewport_size else 0
    scheme: Literal["light", "dark"] = (
        "dark" if page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else "light"
    )
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}-{width}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, (
        f"{name} is wider than the window"
    )
    if (width, scheme) not in AXE_LOOKS:
        return
    found = [each for each in Axe().run(page).response["violations"] if each["impact"] in SERIOUS]
    assert not found, [
        (each["id"], [node["html"][:200] for node in each["nodes"][:3]]) for each in found
    ]


def named(path: str) -> str:
    return path.strip("/").translate(str.maketrans("/?=#{}", "------")) or "catalogue"


def test_public_pages_are_accessible_and_fit(
    open_with_look: Callable[[], ShopPage], hostile_products: list[str]
) -> None:
    ada = open_with_look()
    for product in hostile_products:
        ada.put_in_basket(product)
    for path in PUBLIC_PAGES:
        inspect(ada, path.format(product=hostile_products[0]), named(path))
    assert ada.page.title() != "ours"
    for path in DOCUMENTS:
        inspect(ada, path, named(path))


@pytest.mark.parametrize("place", range(len(HOSTILE_PRODUCTS)))
def test_hostile_product_data_is_shown_as_text(
    open_shop: OpenShop, hostile_products: list[str], place: int
) -> None:
    ada = open_shop(viewport={"width": 320, "height": 900})
    inspect(ada, f"/products/{hostile_products[place]}", f"hostile-{place}")

    expect(ada.title).to_have_text(" ".join(HOSTILE_PRODUCTS[place]["name"].split()))
    assert ada.page.locator("main script, main b").count() == 0


def test_customer_pages_are_accessible_and_fit(
    open_with_look: Callable[[], ShopPage], hostile_products: list[str]
) -> None:
    ada = open_with_look()
    ada.sign_in_by_api()
    order = ada.order(hostile_products[1])
    for product in hostile_products:
        ada.put_in_basket(product)
    for path in CUSTOMER_PAGES:
        inspect(ada, path.format(order=order), named(path))
    ada.button("Close account").click()
    look_at(ada.page, "question")
    ada.page.keyboard.press("Escape")
    ada.button("Add address").click()
    look_at(ada.page, "dialog")


def test_staff_pages_are_accessible_and_fit(
    open_with_look: Callable[[], ShopPage], hostile_products: list[str]
) -> None:
    staff = open_with_look()
    staff.sign_in_by_api(ADMIN["email"], ADMIN["password"])
    order = staff.order(hostile_products[2])
    for path in STAFF_PAGES:
        inspect(
            staff,
            path.format(order=order, product=hostile_products[2]),
            named(path) if path.startswith("/staff") else f"staff-{named(path)}",
        )


@pytest.mark.parametrize(("width", "letters"), [(320, 32), (720, 16), (900, 16)])
def test_pages_reflow_with_large_text(
    customer: ShopPage, staff: ShopPage, hostile_products: list[str], width: int, letters: int
) -> None:
    """Twice the text size; 1440 px at 200 % zoom; and the narrowest window that shows tables as
    tables.
    """
    order = customer.order(hostile_products[2])
    customer.put_in_basket(hostile_products[2])
    for page, paths in (customer, (*PUBLIC_PAGES, *CUSTOMER_PAGES)), (staff, STAFF_PAGES):
        page.page.set_viewport_size({"width": width, "height": 640})
        sizes = {"standard": letters, "fixed": letters}
        page.context.new_cdp_session(page.page).send("Page.setFontSizes", {"fontSizes": sizes})
        for path in paths:
            page.open(path.format(order=order, product=hostile_products[2]))
            assert page.page.evaluate("getComputedStyle(document.body).fontSize") == f"{letters}px"
            assert page.page.evaluate("document.documentElement.scrollWidth") <= width, path

"""Every page at both widths, light and dark: nothing that axe finds serious, nothing that sticks out; and pictures to look at.

The products are as hostile as staff, or whoever got hold of their password, could make them.
"""

from collections.abc import Callable
from typing import Any, Literal
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from browser_tests.conftest import ARTEFACTS
from browser_tests.visitor import Visitor
from integration_tests.shop import ADMIN, Shop, User

HOSTILE: list[dict[str, Any]] = [
    {"name": "<script>document.title = 'ours'</script><img src=x onerror=alert(1)>", "description": "<b>bold</b> " + "x" * 9_900},
    {"name": "מנורת שולחן עם רגל קרמיקה", "description": "תיאור ארוך של המנורה. " * 50},
    {"name": "W" * 200, "description": "L" * 10_000, "price": "9999999999.99", "category": "A/" + "B" * 90},
    {"name": "Lamp with a picture that is gone", "image_url": "http://127.0.0.1:9/lamp.jpg"},
]
OPEN = [
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
FOR_BUYERS = ["/checkout", "/orders", "/orders/{order}", "/account"]
FOR_STAFF = [
    *("/desk", "/desk/products/new", "/desk/products/{product}", "/desk/import", "/desk/stock?low_stock=all"),
    *("/desk/stock/{product}", "/desk/orders", "/orders/{order}", "/desk/users"),
]
LOOKS = [(width, scheme) for width in (320, 1440) for scheme in ("light", "dark")]
FOR_AXE = {(320, "light"), (1440, "dark")}
"""Each width and each set of colours once: what axe finds in the other two it finds there."""
IDS = [f"{width}-{scheme}" for width, scheme in LOOKS]
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def odd(shop: Shop, boss: User) -> list[str]:
    """Products that nobody should have let in, and enough of them for all tests here."""
    return [shop.stocked(boss, 50, sku=f"ODD-{uuid4().hex[:12]}", **facts) for facts in HOSTILE]


@pytest.fixture(params=LOOKS, ids=IDS)
def looking(request: pytest.FixtureRequest, visitor: Callable[..., Visitor]) -> Callable[[], Visitor]:
    width, scheme = request.param
    return lambda: visitor(viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce")


def inspect(visitor: Visitor, path: str, name: str) -> None:
    visitor.open(path)
    expect(visitor.page.locator(".stock-slot:empty")).to_have_count(0)
    look_at(visitor.page, name)


def look_at(page: Page, name: str) -> None:
    width = page.viewport_size["width"] if page.viewport_size else 0
    scheme: Literal["light", "dark"] = "dark" if page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else "light"
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}-{width}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than the window"
    if (width, scheme) not in FOR_AXE:
        return
    found = [each for each in Axe().run(page).response["violations"] if each["impact"] in SERIOUS]
    assert not found, [(each["id"], [node["html"][:200] for node in each["nodes"][:3]]) for each in found]


def named(path: str) -> str:
    return path.strip("/").translate(str.maketrans("/?=#{}", "------")) or "catalogue"


def test_pages_for_everybody(looking: Callable[[], Visitor], odd: list[str]) -> None:
    ada = looking()
    for product in odd:
        ada.put_in_basket(product)
    for path in OPEN:
        inspect(ada, path.format(product=odd[0]), named(path))
    assert ada.page.title() != "ours"
    for path in DOCUMENTS:
        inspect(ada, path, named(path))


@pytest.mark.parametrize("place", range(len(HOSTILE)))
def test_pages_of_hostile_products(visitor: Callable[..., Visitor], odd: list[str], place: int) -> None:
    ada = visitor(viewport={"width": 320, "height": 900})
    inspect(ada, f"/products/{odd[place]}", f"hostile-{place}")

    expect(ada.title).to_have_text(" ".join(HOSTILE[place]["name"].split()))
    assert ada.page.locator("main script, main b").count() == 0


def test_pages_for_buyers(looking: Callable[[], Visitor], odd: list[str]) -> None:
    ada = looking()
    ada.arrive()
    order = ada.order(odd[1])
    for product in odd:
        ada.put_in_basket(product)
    for path in FOR_BUYERS:
        inspect(ada, path.format(order=order), named(path))
    ada.button("Close the account").click()
    look_at(ada.page, "question")
    ada.page.keyboard.press("Escape")
    ada.button("Add an address").click()
    look_at(ada.page, "dialog")


def test_pages_for_staff(looking: Callable[[], Visitor], odd: list[str]) -> None:
    boss = looking()
    boss.arrive(ADMIN["email"], ADMIN["password"])
    order = boss.order(odd[2])
    for path in FOR_STAFF:
        inspect(boss, path.format(order=order, product=odd[2]), f"staff-{named(path)}")


@pytest.mark.parametrize(("width", "letters"), [(320, 32), (720, 16), (900, 16)])
def test_large_letters_and_widths_between_fit(buyer: Visitor, staff: Visitor, odd: list[str], width: int, letters: int) -> None:
    """Letters of twice the size; a window of 1440 at 200 %; and the narrowest with tables that are tables."""
    order = buyer.order(odd[2])
    buyer.put_in_basket(odd[2])
    for visitor, paths in (buyer, (*OPEN, *FOR_BUYERS)), (staff, FOR_STAFF):
        visitor.page.set_viewport_size({"width": width, "height": 640})
        sizes = {"standard": letters, "fixed": letters}
        visitor.context.new_cdp_session(visitor.page).send("Page.setFontSizes", {"fontSizes": sizes})
        for path in paths:
            visitor.open(path.format(order=order, product=odd[2]))
            assert visitor.page.evaluate("getComputedStyle(document.body).fontSize") == f"{letters}px"
            assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width, path

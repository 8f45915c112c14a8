"""One system and one browser for all tests.

Each user has a browser context: separate cookies and storage.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

pytest.register_assert_rewrite("browser_tests.page_object", "integration_tests.shop")

from browser_tests import chromium  # noqa: E402  (asserts are rewritten at the import)
from browser_tests.page_object import OpenShop, ShopPage  # noqa: E402
from integration_tests.shop import ADMIN, SERVICES, Shop, User  # noqa: E402
from local_stack import Stack  # noqa: E402

expect.set_options(timeout=15_000)  # for a busy machine
ARTEFACTS = Path(__file__).resolve().parents[1] / "artefacts"


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("shop"), durable=False) as running:
        yield running
    running.discard()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=chromium.found(), args=chromium.options()
        )
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def site(stack: Stack) -> str:
    """`localhost`, because browsers offer locks on https and localhost only."""
    return f"http://localhost:{stack.ports['gateway']}"


@pytest.fixture(scope="session")
def shop(stack: Stack) -> Iterator[Shop]:
    """The API of the same system, to create data and to check results."""
    with Shop({name: stack.url(name) for name in SERVICES}) as opened:
        yield opened


@pytest.fixture(scope="session")
def admin(shop: Shop) -> User:
    return shop.sign_in(**ADMIN)


@pytest.fixture
def open_shop(browser: Browser, site: str, request: pytest.FixtureRequest) -> Iterator[OpenShop]:
    """A script error in a page fails the test.

    KEEP_LAST_PAGES=1 saves a screenshot of each last page.
    """
    pages: list[ShopPage] = []
    errors: list[str] = []

    def make(**options: object) -> ShopPage:
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"} | options
        )  # type: ignore[arg-type]
        context.on("weberror", lambda error: errors.append(str(error.error)))
        pages.append(ShopPage(context, site))
        return pages[-1]

    yield make
    ARTEFACTS.mkdir(exist_ok=True)
    for number, each in enumerate(pages):
        if os.environ.get("KEEP_LAST_PAGES"):
            each.page.screenshot(path=ARTEFACTS / f"{request.node.name}-{number}.png")
        each.context.close()
    assert not errors


@pytest.fixture
def customer(open_shop: OpenShop) -> ShopPage:
    made = open_shop()
    made.sign_in_by_api()
    return made


@pytest.fixture
def staff(open_shop: OpenShop) -> ShopPage:
    made = open_shop()
    made.sign_in_by_api(ADMIN["email"], ADMIN["password"])
    return made

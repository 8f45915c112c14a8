"""One system and one browser for all tests; everybody in a test has a context, and so cookies and storage, of his own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

pytest.register_assert_rewrite("browser_tests.visitor", "integration_tests.shop")

from browser_tests import chromium  # noqa: E402  (asserts are rewritten at the import)
from browser_tests.visitor import Visitor  # noqa: E402
from integration_tests.shop import ADMIN, SERVICES, Shop, User  # noqa: E402
from local_stack import Stack  # noqa: E402

expect.set_options(timeout=15_000)  # for a busy machine; what is there at once is seen at once
ARTEFACTS = Path(__file__).resolve().parents[1] / "artefacts"


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("shop"), durable=False) as running:
        yield running
    running.discard()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium.found(), args=chromium.options())
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def site(stack: Stack) -> str:
    """By name, as people type it; with locks and the like, which browsers keep for https and localhost."""
    return f"http://localhost:{stack.ports['gateway']}"


@pytest.fixture(scope="session")
def shop(stack: Stack) -> Iterator[Shop]:
    """The same system through its API, to make facts and to look behind the pages."""
    with Shop({name: stack.url(name) for name in SERVICES}) as opened:
        yield opened


@pytest.fixture(scope="session")
def boss(shop: Shop) -> User:
    return shop.sign_in(**ADMIN)


@pytest.fixture
def visitor(browser: Browser, site: str, request: pytest.FixtureRequest) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors. What goes wrong in one of their pages fails the test; what they saw last is kept."""
    visitors: list[Visitor] = []
    mistakes: list[str] = []

    def make(**options: object) -> Visitor:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"} | options)  # type: ignore[arg-type]
        context.on("weberror", lambda error: mistakes.append(str(error.error)))
        visitors.append(Visitor(context, site))
        return visitors[-1]

    yield make
    ARTEFACTS.mkdir(exist_ok=True)
    for number, each in enumerate(visitors):
        if os.environ.get("KEEP_LAST_PAGES"):
            each.page.screenshot(path=ARTEFACTS / f"{request.node.name}-{number}.png")
        each.context.close()
    assert not mistakes


@pytest.fixture
def buyer(visitor: Callable[..., Visitor]) -> Visitor:
    made = visitor()
    made.arrive()
    return made


@pytest.fixture
def staff(visitor: Callable[..., Visitor]) -> Visitor:
    made = visitor()
    made.arrive(ADMIN["email"], ADMIN["password"])
    return made

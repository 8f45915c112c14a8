"""The Swagger UIs at the gateway work under a Content-Security-Policy without inline styles and
scripts.
"""

import pytest
from playwright.sync_api import expect

from browser_tests.conftest import ARTEFACTS
from browser_tests.page_object import OpenShop
from integration_tests.shop import ADMIN


def test_try_it_out_uses_a_token_from_another_page(open_shop: OpenShop) -> None:
    reader = open_shop()
    logged: list[str] = []
    reader.page.on(
        "console",
        lambda message: (
            logged.append(message.text) if message.type in {"error", "warning"} else None
        ),
    )
    signed_in = reader.context.request.post(f"{reader.shop}/api/users/token/", data=ADMIN).json()[
        "access"
    ]
    reader.page.goto(f"{reader.shop}/docs/order/")
    reader.page.get_by_role("button", name="Authorize").click()
    reader.page.get_by_role("textbox").fill(signed_in)
    reader.page.locator(".modal-ux .authorize").click()
    reader.page.get_by_role("button", name="Close", exact=True).last.click()

    reader.page.goto(f"{reader.shop}/docs/user/")
    reader.page.locator("#operations-users-read_profile").first.click()
    reader.page.get_by_role("button", name="Try it out").click()
    reader.page.get_by_role("button", name="Execute").click()

    expect(reader.page.locator(".live-responses-table .response-col_status").last).to_contain_text(
        "200"
    )
    assert logged == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_swagger_ui_follows_the_color_scheme_and_fits_a_narrow_window(
    open_shop: OpenShop, scheme: str
) -> None:
    reader = open_shop(viewport={"width": 320, "height": 900}, color_scheme=scheme)
    reader.page.goto(f"{reader.shop}/docs/order/")
    expect(reader.page.locator(".opblock").first).to_be_visible()

    reader.page.screenshot(path=ARTEFACTS / f"docs-order-320-{scheme}.png", full_page=True)
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 320
    paper = {"light": "rgb(251, 250, 247)", "dark": "rgb(21, 23, 25)"}[scheme]
    assert (
        reader.page.evaluate(
            "getComputedStyle(document.querySelector('.swagger-ui')).backgroundColor"
        )
        == paper
    )

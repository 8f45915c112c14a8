"""The admins behind the gateway, which are off by default."""

from collections.abc import Iterator

import pytest
import requests

from integration_tests.shop import ADMIN, SERVICES, Shop, User
from integration_tests.test_admin import LISTS, TOKEN, send
from local_stack import Stack

SPOOFED = {"X-Proxy-Secret": "invented", "X-Forwarded-Prefix": "/order"}


@pytest.fixture(scope="module", autouse=True)
def enabled(stack: Stack) -> Iterator[None]:
    stack.environment["gateway"]["EXPOSE_ADMIN"] = "1"
    restart(stack)
    yield
    del stack.environment["gateway"]["EXPOSE_ADMIN"]
    restart(stack)


def restart(stack: Stack) -> None:
    stack.stop("gateway")
    stack.start("gateway")
    stack.wait_ready("gateway")


@pytest.fixture
def browser() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def admin_url(stack: Stack, name: str) -> str:
    return f"http://localhost:{stack.ports['gateway']}/{name}/admin"


def sign_in(stack: Stack, browser: requests.Session, name: str) -> requests.Response:
    return send(
        browser,
        f"{admin_url(stack, name)}/login/",
        username=ADMIN["email"],
        password=ADMIN["password"],
    )


def test_one_page_links_all_admins(stack: Stack) -> None:
    page = requests.get(f"{stack.url('gateway')}/admin", timeout=10)

    assert [page.status_code, [each.status_code for each in page.history]] == [200, [308]]
    assert all(f'href="/{name}/admin/"' in page.text for name in SERVICES)
    assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_each_admin_has_its_own_session_cookie(stack: Stack, browser: requests.Session) -> None:
    for name in SERVICES:
        assert sign_in(stack, browser, name).url == f"{admin_url(stack, name)}/"
    for name in SERVICES:
        response = browser.get(f"{admin_url(stack, name)}/{LISTS[name]}/", timeout=10)
        assert (response.status_code, response.history) == (200, []), name
    cookies = {(cookie.name.removesuffix("_csrf"), cookie.path) for cookie in browser.cookies}
    assert cookies == {(f"{name}_admin", f"/{name}/admin") for name in SERVICES}


@pytest.mark.parametrize("name", SERVICES)
def test_all_links_and_assets_of_a_page_exist(
    stack: Stack, browser: requests.Session, name: str
) -> None:
    page = sign_in(stack, browser, name).text
    addresses = {
        part.partition('"')[0] for part in page.replace('src="', 'href="').split('href="')[1:]
    }
    ours = {address for address in addresses if address.startswith("/")}

    assert {
        address for address in ours if not address.startswith((f"/{name}/admin/", "/static/"))
    } == set()
    assert {
        address: browser.get(f"{stack.url('gateway')}{address}", timeout=10).status_code
        for address in ours
    } == dict.fromkeys(ours, 200)


def test_staff_ship_an_order_in_the_admin(
    stack: Stack, shop: Shop, staff: User, buyer: User, browser: requests.Session
) -> None:
    order = shop.order(buyer, {shop.stocked(staff, 5): 2}).json()
    sign_in(stack, browser, "order")

    done = send(browser, f"{admin_url(stack, 'order')}/orders/order/{order['id']}/actions/ship/")

    assert "Ship: done." in done.text
    assert done.url == f"{admin_url(stack, 'order')}/orders/order/{order['id']}/change/"


def test_signing_out_revokes_a_copied_cookie(stack: Stack, browser: requests.Session) -> None:
    page = sign_in(stack, browser, "user")
    token = TOKEN.search(page.text)
    assert token
    copied = browser.cookies.copy()

    out = browser.post(
        f"{admin_url(stack, 'user')}/logout/", {"csrfmiddlewaretoken": token[1]}, timeout=10
    )

    assert (out.status_code, out.url) == (200, f"{admin_url(stack, 'user')}/logout/")
    for cookies in (browser.cookies, copied):
        page = requests.get(f"{admin_url(stack, 'user')}/", cookies=cookies, timeout=10)
        assert page.url.startswith(f"{admin_url(stack, 'user')}/login/")


def test_a_client_cannot_spoof_the_prefix(stack: Stack) -> None:
    response = requests.get(
        f"{admin_url(stack, 'user')}/", headers=SPOOFED, timeout=10, allow_redirects=False
    )
    assert response.headers["Location"].startswith("/user/admin/login/")
    response = requests.get(
        f"{stack.url('order')}/admin/", headers=SPOOFED, timeout=10, allow_redirects=False
    )
    assert response.headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize(
    "path",
    [
        "/user/metrics",
        "/user/swagger/",
        "/user/admin/../metrics",
        "/user/admin/%2e%2e/metrics",
        "/order/api/orders/",
    ],
)
def test_only_the_admin_is_routed(stack: Stack, path: str) -> None:
    with requests.Session() as session:
        request = requests.Request("GET", stack.url("gateway")).prepare()
        request.url = f"{stack.url('gateway')}{path}"
        assert session.send(request, timeout=10).status_code == 404

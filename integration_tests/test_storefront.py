"""The storefront at the gateway: pages, security headers, caching, the session cookie."""

import re
from graphlib import TopologicalSorter
from pathlib import Path
from uuid import uuid4

import orjson
import pytest

from integration_tests.test_gateway import Response, call
from local_stack import Stack
from local_stack.topology import REPOSITORY

STOREFRONT = REPOSITORY / "storefront" / "public"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ROUTES = re.findall(r'page\("([^"]+)"', (STOREFRONT / "js" / "routes.js").read_text())
SCRIPTS = sorted(path.relative_to(STOREFRONT).as_posix() for path in STOREFRONT.glob("js/**/*.js"))
IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""")
"""Static or dynamic."""
ASSETS = [
    *SCRIPTS,
    *(path.relative_to(STOREFRONT).as_posix() for path in STOREFRONT.glob("css/*.css")),
    "icon.svg",
]


def is_storefront(response: Response) -> bool:
    return b'<script type="module" src="/js/app.js">' in response.body


def imports(script: Path) -> set[Path]:
    return {(script.parent / each).resolve() for each in IMPORT.findall(script.read_text())}


def test_there_are_no_import_cycles() -> None:
    graph = {(STOREFRONT / script).resolve(): imports(STOREFRONT / script) for script in SCRIPTS}

    assert {each for imported in graph.values() for each in imported} <= graph.keys()
    assert [*TopologicalSorter(graph).static_order()][-1].name == "app.js"  # raises CycleError


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("route", ROUTES)
def test_every_page_has_a_url(stack: Stack, route: str, slash: str) -> None:
    page = call(
        stack,
        "GET",
        route.replace(":id", str(uuid4())) + (slash if route != "/" else ""),
        headers=BROWSER,
    )

    assert page.status == 200
    assert is_storefront(page)


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/products/",
        "/products/7",
        "/staff/secret",
        "/basket/x",
        "/js/nowhere.js",
        "/css/",
    ],
)
def test_an_unknown_page_is_a_404_with_the_storefront(stack: Stack, path: str) -> None:
    page = call(stack, "GET", path, headers=BROWSER)

    assert page.status == 404
    assert is_storefront(page)
    assert page.all("Content-Security-Policy")


@pytest.mark.parametrize("path", ["/nowhere", "/api/nowhere/", "/api/inventory/reservations/"])
def test_an_unknown_path_is_a_problem_document_for_programs(stack: Stack, path: str) -> None:
    assert call(stack, "GET", path).problem() == (404, "not_found")


@pytest.mark.parametrize("path", ["/api/nowhere", "/api/inventory/reservations/", "/api/"])
def test_no_api_path_returns_a_page(stack: Stack, path: str) -> None:
    assert call(stack, "GET", path, headers=BROWSER).problem() == (404, "not_found")


def test_the_former_url_of_the_staff_pages_redirects(stack: Stack) -> None:
    page = call(stack, "GET", "/desk", headers=BROWSER)

    assert (page.status, page.all("Location")) == (308, ["/staff"])


def test_posting_to_a_page_is_405(stack: Stack) -> None:
    assert call(stack, "POST", "/checkout", b"{}", BROWSER).problem() == (405, "method_not_allowed")


@pytest.mark.parametrize("path", ["/", "/checkout", "/js/app.js", "/css/base.css", "/nowhere"])
def test_pages_have_a_strict_content_security_policy(stack: Stack, path: str) -> None:
    page = call(stack, "GET", path, headers=BROWSER)

    [policy] = page.all("Content-Security-Policy")
    rules = {name: values for name, *values in (rule.split() for rule in policy.split(";"))}
    assert (
        rules["default-src"]
        == rules["frame-ancestors"]
        == rules["base-uri"]
        == rules["form-action"]
        == ["'none'"]
    )
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == ["'self'"]
    assert "unsafe" not in policy
    assert page.all("X-Content-Type-Options") == ["nosniff"]
    assert page.all("Referrer-Policy") == ["no-referrer"]
    assert "camera=()" in page.all("Permissions-Policy")[0]
    assert page.all("Server") == []


@pytest.mark.parametrize("asset", ASSETS)
def test_assets_are_revalidated_by_etag(stack: Stack, asset: str) -> None:
    first = call(stack, "GET", f"/{asset}", headers={"Accept-Encoding": "gzip"})
    assert first.status == 200
    assert first.all("Cache-Control") == ["no-cache"]
    [tag] = first.all("ETag")

    again = call(
        stack, "GET", f"/{asset}", headers={"Accept-Encoding": "gzip", "If-None-Match": tag}
    )

    assert (again.status, again.body) == (304, b"")


def test_scripts_import_local_modules_and_parse_no_html() -> None:
    for script in SCRIPTS:
        source = (STOREFRONT / script).read_text()
        for imported in re.findall(r'(?:from |import\()"([^"]+)"', source):
            assert ((STOREFRONT / script).parent / imported).is_file(), (script, imported)
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function", source
        ), script
        assert "https://" not in source, script


def test_every_preloaded_file_exists(stack: Stack) -> None:
    page = call(stack, "GET", "/").body.decode()

    links = re.findall(r'<(?:link|script)[^>]* (?:href|src)="([^"]*)"', page)
    assert len(links) > 10
    assert {link: call(stack, "GET", link).status for link in links} == dict.fromkeys(links, 200)


def test_the_session_cookie_passes_the_gateway(stack: Stack) -> None:
    body = orjson.dumps({"email": "admin@example.com", "password": "admin-password"})
    response = call(
        stack, "POST", "/api/users/session/", body, {"Content-Type": "application/json"}
    )
    assert response.status == 200
    [cookie] = response.all("Set-Cookie")
    assert re.fullmatch(
        r"shop_session=[\w-]+; expires=[^;]+; HttpOnly; Max-Age=2592000;"
        r" Path=/api/users/session; SameSite=Strict",
        cookie,
    )

    sent = {"Cookie": cookie.partition(";")[0], "X-Requested-With": "storefront"}
    assert call(stack, "POST", "/api/users/session/refresh/", headers=sent).status == 200


def test_a_client_cannot_change_the_secure_flag_of_the_cookie(stack: Stack) -> None:
    body = orjson.dumps({"email": "admin@example.com", "password": "admin-password"})
    headers = {"Content-Type": "application/json", "X-Forwarded-Proto": "https"}

    [cookie] = call(stack, "POST", "/api/users/session/", body, headers).all("Set-Cookie")

    assert "Secure" not in cookie

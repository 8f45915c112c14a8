"""Files of the documentation: error pages, shop.http, Postman, the README's table."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from integration_tests import repo_files
from integration_tests.shop import SERVICES, Shop, expect
from local_stack import Stack, error_pages
from local_stack.topology import DEFAULT_PORTS, REPOSITORY

REQUEST = re.compile(r"^(GET|POST|PUT|PATCH|DELETE) \{\{(\w+)\}\}(\S+)$", re.MULTILINE)
MAPPED = re.compile(r'(\d{3}) "[A-Z][A-Za-z ]+" ([a-z_]+) "(.*)"$', re.MULTILINE)


def test_the_gateways_error_pages_are_current() -> None:
    stored = {path: path.read_text() for path in error_pages.FOLDER.iterdir()}

    assert stored == error_pages.expected_files(), "run make docs"


def test_every_error_of_the_gateway_is_documented() -> None:
    documented = {
        (str(each["status"]), each["code"], each["detail"])
        for each in json.loads(repo_files.text("gateway/errors.json"))
    }
    mapped = MAPPED.findall(repo_files.text("gateway/Caddyfile"))

    assert len(mapped) >= 9
    assert set(mapped) == documented


def test_the_document_of_errors_lists_exactly_the_codes() -> None:
    rows = re.findall(
        r"^\| ([45][\d, ]+) \| (.*?) \|", repo_files.text("docs/errors.md"), re.MULTILINE
    )
    listed = {
        (int(status), code)
        for statuses, codes in rows
        for status in statuses.split(", ")
        for code in re.findall("`([a-z_]+)`", codes)
    }

    assert listed == {(meaning["status"], meaning["code"]) for meaning in error_pages.meanings()}


def test_the_document_of_errors_links_each_code_to_its_page() -> None:
    for code, link in re.findall(
        r"\[`([a-z_]+)`\]\(http://localhost:8080(/errors/[a-z_]+)\)",
        repo_files.text("docs/errors.md"),
    ):
        assert link == f"/errors/{code}"
        assert (error_pages.FOLDER / f"{code}.html").exists()


def test_every_request_of_shop_http_has_a_route() -> None:
    text = repo_files.text("shop.http")
    variables = dict(re.findall(r"^@(\w+) = (\S+)$", text, re.MULTILINE))
    requests = REQUEST.findall(text)

    assert {name: variables[name] for name in DEFAULT_PORTS} == {
        name: f"http://localhost:{port}" for name, port in DEFAULT_PORTS.items()
    }
    assert len(requests) == len(re.findall("^###", text, re.MULTILINE)) > 20
    for method, name, target in requests:
        services = SERVICES if name == "gateway" else [name]
        routes = {route for service in services for route in _routes(service)}
        assert (method, _pattern(urlsplit(target).path)) in routes, f"{method} {target}"


def test_every_variable_of_shop_http_is_defined() -> None:
    text = repo_files.text("shop.http")
    defined = set(re.findall(r"^@(\w+) =", text, re.MULTILINE)) | set(
        re.findall(r"^# @name (\w+)$", text, re.MULTILINE)
    )

    assert set(re.findall(r"\{\{(\w+)", text)) <= defined


def test_the_postman_environments_define_every_url_of_the_collection() -> None:
    collection = json.loads(repo_files.text("postman_collection.json"))
    defined = {each["key"]: each["value"] for each in collection["variable"]}
    direct, gateway = (_environment(name) for name in ("direct", "gateway"))
    addresses = {f"{name}Url" for name in SERVICES}

    assert direct == {
        name: defined[name] for name in {*addresses, "adminEmail", "adminPassword"}
    } | {"behindGateway": "false"}
    assert gateway == direct | dict.fromkeys(
        addresses, f"http://localhost:{DEFAULT_PORTS['gateway']}"
    ) | {"behindGateway": "true"}


def test_the_type_of_a_problem_is_a_page_at_every_service_and_the_gateway(
    stack: Stack, shop: Shop
) -> None:
    for base in (*shop.urls.values(), stack.url("gateway")):
        problem = shop.get(f"{base}/nowhere/").json()
        assert problem["type"] == "/errors/not_found", base
        page = shop.get(base + problem["type"])
        assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert "<h1><code>not_found</code></h1>" in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/errors",
        "/errors/",
        "/errors/insufficient_stock/",
        "/errors/style.css",
        "/docs/",
        "/docs/service.js",
    ],
)
def test_the_gateway_serves_the_documents(stack: Stack, shop: Shop, path: str) -> None:
    assert shop.get(stack.url("gateway") + path).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/errors/nope",
        "/errors/x/y",
        "/docs/nope/",
        "/docs/user/metrics",
        "/docs/user/static/../metrics",
    ],
)
def test_an_unknown_document_is_404(stack: Stack, shop: Shop, path: str) -> None:
    response = shop.get(stack.url("gateway") + path)

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("name", SERVICES)
def test_swagger_ui_loads_everything_from_the_gateway(stack: Stack, shop: Shop, name: str) -> None:
    base = f"{stack.url('gateway')}/docs/{name}/"
    page = shop.get(base)

    assert page.status_code == 200
    assert not re.findall(r"https?://", page.text)
    assets = [
        link
        for link in re.findall(r'(?:src|href)="([^"#]*)"', page.text)
        if link.startswith("static/")
    ]
    assert len(assets) == 3
    for asset in assets:
        assert shop.get(base + asset).status_code == 200, asset
    document = expect(200, shop.get(f"{base}swagger.json"))
    assert document == expect(200, shop.get(f"{shop.urls[name]}/swagger.json")) == _document(name)
    # Requests go to the host of the page.
    assert not {"host", "schemes"} & document.keys()


def test_the_docs_page_links_existing_operations() -> None:
    links = re.findall(
        r'href="/docs/(\w+)/#/(\w+)/(\w+)"',
        (REPOSITORY / "gateway/site/docs/index.html").read_text(),
    )

    assert len(links) >= 4
    for service, tag, operation in links:
        known = {
            (each["operationId"], *each["tags"])
            for path in _document(service)["paths"].values()
            for each in _operations(path)
        }
        assert (operation, tag) in known


def _document(service: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(repo_files.text(f"docs/openapi/{service}.json"))
    return document


def _operations(path: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for verb, each in path.items() if verb != "parameters"]


def _routes(service: str) -> set[tuple[str, str]]:
    paths = _document(service)["paths"].items()
    return {
        (verb.upper(), _pattern(path))
        for path, verbs in paths
        for verb in verbs
        if verb != "parameters"
    }


def _pattern(path: str) -> str:
    return "/".join(
        "*" if segment.startswith("{") else segment for segment in path.strip("/").split("/")
    )


def _environment(name: str) -> dict[str, str]:
    stored = json.loads(repo_files.text(f"postman/{name}.postman_environment.json"))
    return {each["key"]: each["value"] for each in stored["values"]}


def test_the_documents_have_the_colours_of_the_storefront() -> None:
    """The services have their own style sheet, so the colours are stated twice."""

    def tokens(path: str) -> list[dict[str, str]]:
        light, _, dark = (
            (REPOSITORY / path).read_text().partition("@media (prefers-color-scheme: dark)")
        )
        return [dict(re.findall(r"(--[\w-]+): ([^;]+);", part)) for part in (light, dark)]

    documents, shop = (
        tokens("chassis/static/chassis/documents.css"),
        tokens("storefront/public/css/tokens.css"),
    )
    assert all(documents)
    for ours, theirs in zip(documents, shop, strict=True):
        assert ours == {name: theirs[name] for name in ours}

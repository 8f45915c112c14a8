"""Features of every service: API documents, health, metrics, errors, request ids."""

import re
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import pytest

from integration_tests.concurrency import wait_until
from integration_tests.shop import SERVICES, Shop, User, expect, problem
from local_stack import Stack

METHODS = {"get", "post", "put", "patch", "delete"}
UPSTREAMS = {
    "user": set(),
    "product": {"user"},
    "inventory": {"user", "product"},
    "order": {"user", "product", "inventory"},
}
PROBLEM = {"type", "title", "status", "detail", "code", "request_id"}


class Links(HTMLParser):
    """The assets and links of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [
            value for name, value in attrs if name in ("src", "href", "action", "srcset") and value
        ]


@pytest.fixture(params=SERVICES)
def base(request: pytest.FixtureRequest, shop: Shop) -> str:
    return shop.urls[request.param]


@pytest.mark.parametrize("slash", ["", "/"])
def test_health(shop: Shop, base: str, slash: str) -> None:
    assert expect(200, shop.get(f"{base}/health/live{slash}")) == {"status": "live"}
    ready = expect(200, shop.get(f"{base}/health/ready{slash}"))
    name = next(each for each, url in shop.urls.items() if url == base)
    assert (ready["status"], ready["checks"]) == ("ready", {"database": "ok", "migrations": "ok"})
    assert set(ready["dependencies"]) == UPSTREAMS[name]


@pytest.mark.parametrize("slash", ["", "/"])
def test_metrics(shop: Shop, base: str, slash: str) -> None:
    metrics = shop.get(f"{base}/metrics{slash}")

    assert (metrics.status_code, metrics.headers["Content-Type"].partition(";")[0]) == (
        200,
        "text/plain",
    )
    assert re.search(
        r'^http_requests_total\{method="GET",route="[^"]*",status="200"\} [0-9.]+$',
        metrics.text,
        re.MULTILINE,
    )


def test_every_operation_is_documented(shop: Shop, base: str) -> None:
    document = expect(200, shop.get(f"{base}/swagger.json"))

    assert document["swagger"] == "2.0"
    assert document["securityDefinitions"]["Bearer"]["name"] == "Authorization"
    operations = [
        (path, verb, each)
        for path, verbs in document["paths"].items()
        for verb, each in verbs.items()
        if verb in METHODS
    ]
    assert operations
    for path, verb, operation in operations:
        assert path.startswith(("/api/", "/.well-known/")), path
        assert operation["summary"], f"{verb} {path}"
        statuses = set(operation["responses"])
        assert statuses & {"200", "201", "202", "204"}, f"{verb} {path}"
        needs_a_token = operation.get("security") and {} not in operation["security"]
        assert not needs_a_token or "401" in statuses, f"{verb} {path}"


@pytest.mark.parametrize("page", ["/swagger/", "/redoc/"])
def test_document_pages_load_nothing_from_other_hosts(shop: Shop, base: str, page: str) -> None:
    shown = shop.get(base + page)

    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    links = Links(shown.text).found
    assert {urlsplit(urljoin(base, link)).netloc for link in links} == {urlsplit(base).netloc}
    assert not re.search(r"https?://(?!" + re.escape(urlsplit(base).netloc) + ")", shown.text)
    for link in links:
        asset = shop.get(urljoin(base + page, link))
        assert asset.status_code == 200, link
        assert asset.content, link


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nowhere",
        "/api/",
        "/api/nowhere/",
        "/api/products/x/y/z/",
        "/%00",
        "/%ff",
        "/static/no",
        "/admin.php",
    ],
)
def test_an_unknown_path_is_a_problem_document(shop: Shop, base: str, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        response = shop.call(method, base + path)
        assert response.status_code in (400, 401, 404), f"{method} {path}: {response.status_code}"
        problem(response)


@pytest.mark.parametrize("slash", ["", "/"])
def test_an_unsupported_method_is_a_problem_document(shop: Shop, staff: User, slash: str) -> None:
    for path in SERVICES.values():
        response = shop.call("DELETE", path + slash, staff)
        assert problem(response) == (405, "method_not_allowed")
        assert set(response.json()) == PROBLEM
        assert "GET" in response.headers["Allow"]


def test_a_request_id_is_returned_or_generated(shop: Shop, base: str) -> None:
    for path in ("/health/live", "/nowhere", "/swagger.json"):
        assert (
            shop.get(base + path, headers={"X-Request-ID": "My.own_id-1"}).headers["X-Request-ID"]
            == "My.own_id-1"
        )
        for invalid in ("a b", "x" * 129, "a,b"):
            made = shop.get(base + path, headers={"X-Request-ID": invalid}).headers["X-Request-ID"]
            assert made != invalid
            assert re.fullmatch("[A-Za-z0-9._-]{1,128}", made)


def test_a_request_id_is_propagated_to_upstream_services(
    stack: Stack, shop: Shop, staff: User, buyer: User
) -> None:
    product_id, request_id = shop.stocked(staff, 10), f"sample.{uuid4().hex}"

    expect(201, shop.order(buyer, {product_id: 1}, headers={"X-Request-ID": request_id}))

    for name in ("order", "product", "inventory"):
        assert wait_until(partial(_has_line, stack.data.log(name), request_id)), name


def _has_line(log: Path, text: str) -> bool:
    return text in log.read_text()

"""Request targets and headers at the gateway: validation, forwarding and logging."""

from collections.abc import Iterator

import orjson
import pytest

from integration_tests.caddy import Gateway, caddy
from integration_tests.echo_service import echo
from integration_tests.raw_http import RawResponse, exchange
from local_stack import ports
from local_stack.ports import loopback, variable
from local_stack.topology import REPOSITORY

KEY = "a-key-of-the-gateway-for-these-tests-only"
PAGES = {
    "PAGES_ROOT": str(REPOSITORY / "gateway" / "site"),
    "SITE_ROOT": str(REPOSITORY / "storefront" / "public"),
}


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with echo() as url:
        yield url


@pytest.fixture(scope="module")
def gateway(service: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder, bind = tmp_path_factory.mktemp("gateway"), " ".join(loopback())
    environment = {
        "GATEWAY_BIND": bind,
        "TRUSTED_PROXY_SECRET": KEY,
        "PRODUCT_SERVICE_URL": service,
        "USER_SERVICE_URL": service,
    }
    with caddy(folder, environment | PAGES) as started:
        yield started


@pytest.fixture(scope="module")
def behind_proxies(service: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    trusted = {"TRUSTED_PROXIES": "127.0.0.0/8 10.0.0.0/8", "TRUSTED_PROXY_SECRET": KEY}
    with caddy(
        tmp_path_factory.mktemp("behind"), {"PRODUCT_SERVICE_URL": service} | trusted
    ) as started:
        yield started


def send(
    gateway: Gateway, target: str, headers: str = "", method: str = "GET", host: str = "127.0.0.1"
) -> RawResponse:
    request = (
        f"{method} {target} HTTP/1.1\r\nHost: shop.example.com:8080\r\n"
        f"Connection: close\r\n{headers}\r\n"
    )
    return exchange(gateway.port, [request.encode()], host)


def received(response: RawResponse) -> dict[str, str]:
    """The headers that the service received, by lower-case name."""
    return {name.lower(): value for name, value in response.json()["headers"].items()}


INVENTED = (
    "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n"
    "X-Forwarded-Host: evil.example\r\nX-Forwarded-Port: 99\r\n"
    "Forwarded: for=203.0.113.9;proto=https;host=evil.example\r\n"
    "X-Real-IP: 203.0.113.9\r\nX-Proxy-Secret: invented\r\n"
)


def test_forwarded_headers_are_set_by_the_gateway_only(gateway: Gateway) -> None:
    for headers in ("", INVENTED):
        got = received(send(gateway, "/api/products/", headers))

        forwarded = {
            name: got[name]
            for name in (
                "x-forwarded-for",
                "x-forwarded-proto",
                "x-forwarded-host",
                "host",
                "x-proxy-secret",
            )
        }
        assert forwarded == {
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-proto": "http",
            "x-forwarded-host": "shop.example.com:8080",
            "host": "shop.example.com:8080",
            "x-proxy-secret": KEY,
        }
        assert not {"forwarded", "x-real-ip", "x-forwarded-port"} & set(got)


def test_forwarded_headers_of_a_trusted_proxy_are_passed_on(behind_proxies: Gateway) -> None:
    got = received(
        send(
            behind_proxies,
            "/api/products/",
            INVENTED.replace("203.0.113.9", "203.0.113.9, 198.51.100.7, 10.1.2.3"),
        )
    )

    assert got["x-forwarded-for"] == "198.51.100.7"
    assert got["x-forwarded-proto"] == "https"
    assert got["x-forwarded-host"] == "evil.example"
    assert got["x-proxy-secret"] == KEY


def test_a_request_without_a_host_names_none(gateway: Gateway) -> None:
    response = exchange(gateway.port, [b"GET /api/products/ HTTP/1.0\r\n\r\n"])

    assert received(response).get("x-forwarded-host", "") == ""


@pytest.mark.parametrize("document", ["user", "product", "inventory", "order"])
def test_a_document_page_redirects_to_its_canonical_path(gateway: Gateway, document: str) -> None:
    moved = send(gateway, f"/docs/{document}")

    assert (moved.status, moved.headers["location"]) == (308, f"/docs/{document}/")
    assert send(gateway, moved.headers["location"]).status == 200


@pytest.mark.parametrize(
    "end",
    [
        "docs",
        "docs/user",
        "docs/order",
        "admin",
        "errors",
        "js",
        "css",
        "desk",
        "js/pages",
        "docs/user/index.html",
    ],
)
@pytest.mark.parametrize(
    "start",
    [
        "//evil.example/..%2f",
        "//evil.example/%2e%2e/",
        "//evil.example/../",
        "//evil.example//../../",
        "/%2f/evil.example/..%2f",
        "/%5cevil.example/..%2f",
        "/\\evil.example/..%2f",
        "/.//evil.example/..%2f",
        "/docs/..//evil.example/..%2f..%2f",
        "///evil.example/..%2f",
        "http://evil.example//evil.example/..%2f",
    ],
)
def test_no_open_redirect(gateway: Gateway, start: str, end: str) -> None:
    for target in (start + end, f"{start}{end}/", f"{start}{end}?//evil.example"):
        response = send(gateway, target)

        assert response.status in (400, 404), target
        assert "location" not in response.headers


@pytest.mark.parametrize(
    "target",
    ["/js", "/docs/../js", "/css", "/errors", "/errors/", "/docs/user/", "/index.html", "/staff/"],
)
def test_folders_and_pages_are_not_redirected(gateway: Gateway, target: str) -> None:
    assert "location" not in send(gateway, target).headers


PERSONAL = "/api/products/?search=anna@example.com&name=Anna"
SECRETS = (
    "Authorization: Bearer a-secret-token\r\nCookie: refresh=a-secret-cookie\r\n"
    "Idempotency-Key: a-secret-key\r\n"
)


def test_the_log_has_no_query_and_no_header(gateway: Gateway) -> None:
    rejected = [
        "/nowhere?search=anna@example.com",
        "/api/orders/?search=anna@example.com",
        "/api/users/?search=anna@example.com",
    ]
    for target in (
        PERSONAL,
        *rejected,
    ):  # including one to a stopped service, which is logged as an error
        send(gateway, target, SECRETS + "X-Request-ID: looked-for\r\n")

    log = gateway.log.read_text()
    assert log.count('"request_id":"looked-for"') == 4
    assert '"uri":"/api/products/"' in log
    for secret in ("anna", "a-secret", "Bearer", KEY):
        assert secret not in log
    for line in log.splitlines():
        orjson.loads(line)


@pytest.mark.parametrize("target", ["/%0aforged", "/nowhere%0d%0aforged", "/api/products/%1b[2J"])
def test_log_injection_is_impossible(gateway: Gateway, target: str) -> None:
    send(gateway, target)

    assert all(
        line.startswith("{") and line.endswith("}") for line in gateway.log.read_text().splitlines()
    )


@pytest.mark.parametrize(
    ("method", "target"),
    [("CONNECT", "shop.example.com:443"), ("CONNECT", "/api/products/"), ("TRACE", "/")],
)
def test_proxy_methods_are_rejected(gateway: Gateway, method: str, target: str) -> None:
    assert send(gateway, target, method=method).problem() == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        b"GET / HTTP/3.0\r\nHost: shop\r\n\r\n",
        b"GET /%zz HTTP/1.1\r\nHost: shop\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: shop\r\nX: " + b"x" * 40_000 + b"\r\n\r\n",
        b"junk\r\n\r\n",
    ],
)
def test_malformed_http_closes_the_connection(gateway: Gateway, request_: bytes) -> None:
    response = exchange(gateway.port, [request_])

    assert response.closed
    assert response.headers.get("connection", "close") == "close"


@pytest.mark.skipif(len(loopback()) < 2, reason="this machine has no IPv6")
def test_the_gateway_listens_on_both_loopback_addresses(gateway: Gateway) -> None:
    for host in loopback():
        assert received(send(gateway, "/api/products/", host=host))["x-forwarded-for"] == host


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/nowhere",
        "/api/products/",
        "/docs/",
        "/docs/user/",
        "/docs/user/swagger.json",
        "/errors/",
    ],
)
def test_nosniff_header(gateway: Gateway, target: str) -> None:
    assert send(gateway, target).headers["x-content-type-options"] == "nosniff"


@pytest.fixture(scope="module")
def service_port(service: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The port of the product service, as the gateway serves it in containers."""
    numbers = {variable(name): str(port) for name, port in ports.free().items()}
    on = {
        "SERVICE_PORTS": "1",
        "TRUSTED_PROXY_SECRET": KEY,
        "PRODUCT_SERVICE_URL": service,
        "USER_SERVICE_URL": "http://127.0.0.1:9",
    }
    with caddy(tmp_path_factory.mktemp("ports"), numbers | on) as started:
        yield started._replace(port=int(numbers["PRODUCT_PORT"]))


@pytest.mark.parametrize(
    "target",
    [
        *(
            "/",
            "/swagger/",
            "/swagger.json",
            "/redoc/",
            "/metrics",
            "/health/ready",
            "/admin/",
            "/static/admin/css/base.css",
        ),
        *(
            "/api/products/",
            "/api/inventory/reservations/",
            "/api/users/closed/",
            "/nothing%20here",
            "/odd//../%2e%2e/path?a=b",
        ),
    ],
)
def test_a_service_port_routes_every_path(service_port: Gateway, target: str) -> None:
    response = send(service_port, target, INVENTED)

    assert (response.status, response.json()["path"]) == (200, target)
    assert (received(response)["x-proxy-secret"], received(response)["x-forwarded-for"]) == (
        KEY,
        "127.0.0.1",
    )


def test_a_service_port_has_the_gateways_limits(service_port: Gateway) -> None:
    for path, limit in (
        ("/api/products/", 2**20),
        ("/admin/", 2**20),
        ("/api/products/import/", 2**23),
    ):
        headers = f"Authorization: Bearer x\r\nContent-Length: {limit + 1}\r\n"
        assert send(service_port, path, headers, "POST").problem() == (413, "payload_too_large")


def test_a_service_port_of_a_stopped_service_is_a_502(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    numbers = {variable(name): str(port) for name, port in ports.free().items()}
    with caddy(
        tmp_path_factory.mktemp("away"),
        numbers | {"SERVICE_PORTS": "1", "ORDER_SERVICE_URL": "http://127.0.0.1:9"},
    ) as away:
        rejected = send(away._replace(port=int(numbers["ORDER_PORT"])), "/health/ready")

    assert rejected.problem() == (502, "service_unavailable")

"""The gateway repeats no request after a keep-alive connection has broken."""

import re
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler

import pytest

from integration_tests.caddy import CADDYFILE, caddy
from local_stack.fake_server import read_body, serve
from local_stack.topology import HOST

GONE = "127.0.0.9"


PROCESSED: list[str] = []


def respond_once(request: BaseHTTPRequestHandler) -> tuple[int, bytes, dict[str, str]]:
    """Responds to the first request of a connection, but not to the next one: closes it."""
    read_body(request)
    PROCESSED.append(request.command)
    is_first = not hasattr(request, "is_used")
    vars(request)["is_used"] = True
    return 200 if is_first and "broken" not in request.path else 0, b"", {}


@pytest.fixture
def processed() -> list[str]:
    PROCESSED.clear()
    return PROCESSED


@pytest.fixture(scope="module")
def service() -> Iterator[int]:
    with serve(respond_once) as port:
        yield port


@pytest.fixture(scope="module")
def gateway(service: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a gateway in front of that service."""
    with caddy(tmp_path_factory.mktemp("gateway"), {"ORDER_SERVICE_URL": url(service)}) as started:
        yield started.port


@pytest.fixture(scope="module")
def gateway_of_replicas(service: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The same, but the service's name leads to two more replicas, which have just gone away."""
    folder = tmp_path_factory.mktemp("replicas")
    sources = "\n".join(f"a {address} {{upstream_port}}" for address in (GONE, HOST, GONE))
    text, count = re.subn(
        r"dynamic a \{\n(\t\t\w+ \S+\n)+\t\}",
        f"dynamic multi {{\n{sources}\n}}",
        CADDYFILE.read_text(),
    )
    assert count == 1
    (folder / "Caddyfile").write_text(text)
    with caddy(folder, {"ORDER_SERVICE_URL": url(service)}, folder / "Caddyfile") as started:
        yield started.port


def url(port: int) -> str:
    return f"http://{HOST}:{port}"


def send(
    port: int,
    method: str,
    path: str = "/api/orders/",
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> int:
    connection = HTTPConnection(HOST, port, timeout=10)
    connection.request(method, path, body, headers or {})
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("body", [None, b"{}"])
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}, {"X-Idempotency-Key": "k"}])
def test_a_write_is_sent_once(
    gateway: int, processed: list[str], method: str, body: bytes | None, headers: dict[str, str]
) -> None:
    assert [send(gateway, method, body=body, headers=headers) for _ in range(3)] == [200, 200, 200]
    assert send(gateway, method, "/api/orders/broken/", body, headers) == 502
    assert processed == [method] * 4


def test_a_read_survives_a_broken_connection(gateway: int, processed: list[str]) -> None:
    assert [send(gateway, "GET") for _ in range(4)] == [200, 200, 200, 200]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_stopped_replica_fails_no_request(
    gateway_of_replicas: int, processed: list[str], method: str
) -> None:
    assert [send(gateway_of_replicas, method, body=b"{}") for _ in range(6)] == [200] * 6
    assert processed == [method] * 6
    assert [send(gateway_of_replicas, "GET") for _ in range(6)] == [200] * 6


def test_a_request_that_a_replica_received_is_not_sent_to_another(
    gateway_of_replicas: int, processed: list[str]
) -> None:
    assert send(gateway_of_replicas, "POST", "/api/orders/broken/", b"{}") == 502
    assert processed == ["POST"]

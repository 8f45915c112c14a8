"""The gateway in front of a service of the test's own, whose kept connections break at the worst moment."""

import re
import socket
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from integration_tests.caddy import CADDYFILE, caddy
from local_stack.topology import HOST

GONE = "127.0.0.9"


class Treacherous(BaseHTTPRequestHandler):
    """Answers the first request of a connection; carries out the next one too, and then cuts it off without a word."""

    protocol_version = "HTTP/1.1"
    carried_out: ClassVar[list[str]] = []

    def setup(self) -> None:
        super().setup()
        self.requests = 0

    def _carry_out(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.carried_out.append(self.command)
        self.requests += 1
        if self.requests == 1 and "broken" not in self.path:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._carry_out
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def carried_out() -> list[str]:
    Treacherous.carried_out.clear()
    return Treacherous.carried_out


@pytest.fixture(scope="module")
def service() -> Iterator[int]:
    """The port of a service that is Treacherous."""
    server = ThreadingHTTPServer((HOST, 0), Treacherous)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def gateway(service: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a gateway whose order service is Treacherous."""
    with caddy(tmp_path_factory.mktemp("gateway"), ORDER_SERVICE_URL=url(service)) as started:
        yield started.port


@pytest.fixture(scope="module")
def gateway_of_replicas(service: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The same, but the service's name leads to two more replicas, which have just gone away."""
    folder = tmp_path_factory.mktemp("replicas")
    sources = "\n".join(f"a {address} {{upstream_port}}" for address in (GONE, HOST, GONE))
    text, count = re.subn(r"dynamic a \{\n(\t\t\w+ \S+\n)+\t\}", f"dynamic multi {{\n{sources}\n}}", CADDYFILE.read_text())
    assert count == 1
    (folder / "Caddyfile").write_text(text)
    with caddy(folder, folder / "Caddyfile", ORDER_SERVICE_URL=url(service)) as started:
        yield started.port


def url(port: int) -> str:
    return f"http://{HOST}:{port}"


def send(
    port: int, method: str, path: str = "/api/orders/", body: bytes | None = None, headers: dict[str, str] | None = None
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
    gateway: int, carried_out: list[str], method: str, body: bytes | None, headers: dict[str, str]
) -> None:
    assert [send(gateway, method, body=body, headers=headers) for _ in range(3)] == [200, 200, 200]
    assert send(gateway, method, "/api/orders/broken/", body, headers) == 502
    assert carried_out == [method] * 4


def test_a_read_survives_a_broken_connection(gateway: int, carried_out: list[str]) -> None:
    assert [send(gateway, "GET") for _ in range(4)] == [200, 200, 200, 200]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_replica_that_is_gone_costs_nobody_a_request(gateway_of_replicas: int, carried_out: list[str], method: str) -> None:
    assert [send(gateway_of_replicas, method, body=b"{}") for _ in range(6)] == [200] * 6
    assert carried_out == [method] * 6
    assert [send(gateway_of_replicas, "GET") for _ in range(6)] == [200] * 6


def test_what_a_replica_has_got_is_not_sent_to_another(gateway_of_replicas: int, carried_out: list[str]) -> None:
    assert send(gateway_of_replicas, "POST", "/api/orders/broken/", b"{}") == 502
    assert carried_out == ["POST"]

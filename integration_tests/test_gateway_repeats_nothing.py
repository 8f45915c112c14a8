"""The gateway in front of a service of the test's own, whose kept connections break at the worst moment."""

import os
import socket
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from local_stack import ports
from local_stack.catalogue import HOST, REPOSITORY

SECONDS_TO_START = 10.0


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
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a gateway whose order service is Treacherous."""
    tmp_path = tmp_path_factory.mktemp("gateway")
    service = ThreadingHTTPServer((HOST, 0), Treacherous)
    Thread(target=service.serve_forever, daemon=True).start()
    port = ports.free()["gateway"]
    addresses = {"GATEWAY_ADDRESS": f":{port}", "GATEWAY_BIND": HOST, "ORDER_SERVICE_URL": f"http://{HOST}:{service.server_port}"}
    caddy = Path(sysconfig.get_path("scripts"), "caddy")
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [caddy, "run", "--config", REPOSITORY / "gateway" / "Caddyfile", "--adapter", "caddyfile"],
            env=os.environ
            | addresses
            | {"SITE_ROOT": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)},
            stderr=log,
        )
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()
        service.shutdown()
        service.server_close()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            return socket.create_connection((HOST, port)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "the gateway did not start"
            time.sleep(0.05)


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

"""The container that publishes the services' ports: what comes out at its doors is what the service itself says, byte for byte."""

import re
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from subprocess import TimeoutExpired
from urllib.parse import urlsplit

import pytest

from integration_tests.timing import wait_until
from local_stack import Stack, ports
from local_stack.catalogue import HOST, REPOSITORY

PROGRAM = REPOSITORY / "gateway" / "ports.py"
VARYING = rb'(?i)(date|x-request-id|traceparent): [^\r]*|"request_id": ?"[^"]*"'
REQUESTS = [
    b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /api/orders/ HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 10.0.0.1\r\nConnection: close\r\n\r\n",
    b"POST /api/orders/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
    b"GET /swagger.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"this is not HTTP\r\n\r\n",
]


def a_free_port() -> int:
    return ports.free()["order"]


@contextmanager
def door_to(target: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = a_free_port()
    process = subprocess.Popen([sys.executable, PROGRAM, f"{port}={target}"])
    try:
        wait_until(lambda: is_open(port))
        yield port, process
    finally:
        process.kill()
        process.wait()


def is_open(port: int) -> bool:
    with closing(socket.socket()) as sock:
        return sock.connect_ex((HOST, port)) == 0


def said(port: int, request: bytes) -> bytes:
    with closing(socket.create_connection((HOST, port), timeout=10)) as sock:
        sock.sendall(request)
        return re.sub(VARYING, b"", b"".join(iter(lambda: sock.recv(65536), b"")))


@contextmanager
def silent_server() -> Iterator[socket.socket]:
    with closing(socket.create_server((HOST, 0))) as listening:
        listening.settimeout(10)
        yield listening


@pytest.fixture(scope="module")
def door(stack: Stack) -> Iterator[int]:
    with door_to(urlsplit(stack.url("order")).netloc) as (port, _):
        yield port


@pytest.mark.parametrize("request_", REQUESTS)
def test_every_answer_is_the_services_own(stack: Stack, door: int, request_: bytes) -> None:
    own = said(urlsplit(stack.url("order")).port or 0, request_)

    assert own.startswith(b"HTTP/1.1 ")
    assert said(door, request_) == own


def test_a_client_that_has_ended_still_hears_the_answer() -> None:
    with silent_server() as server, door_to(f"{HOST}:{server.getsockname()[1]}") as (port, _):
        server.accept()[0].close()  # of waiting for the door
        with closing(socket.create_connection((HOST, port), timeout=10)) as client:
            client.sendall(b"question")
            client.shutdown(socket.SHUT_WR)
            with closing(server.accept()[0]) as heard:
                assert b"".join(iter(lambda: heard.recv(100), b"")) == b"question"
                heard.sendall(b"answer" * 100_000)
            assert len(b"".join(iter(lambda: client.recv(65536), b""))) == 600_000


def test_where_nobody_listens_the_client_is_refused() -> None:
    with door_to(f"{HOST}:{a_free_port()}") as (port, _), pytest.raises(ConnectionResetError):
        said(port, REQUESTS[0])


def test_a_connection_that_breaks_off_on_one_side_does_so_on_the_other() -> None:
    with silent_server() as server, door_to(f"{HOST}:{server.getsockname()[1]}") as (port, _):
        server.accept()[0].close()
        with closing(socket.create_connection((HOST, port), timeout=10)) as client:
            client.sendall(b"question")
            heard = server.accept()[0]
            heard.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            heard.close()
            with pytest.raises(ConnectionResetError):
                client.recv(1)


def test_what_runs_may_end_after_the_door_has_closed() -> None:
    with silent_server() as server, door_to(f"{HOST}:{server.getsockname()[1]}") as (port, process):
        server.accept()[0].close()
        with closing(socket.create_connection((HOST, port), timeout=10)) as client:
            client.sendall(b"question")
            heard = server.accept()[0]
            assert heard.recv(100) == b"question"
            process.send_signal(signal.SIGTERM)
            with pytest.raises(TimeoutExpired):
                process.wait(0.5)
            heard.sendall(b"answer")
            assert client.recv(100) == b"answer"
            heard.close()
        assert process.wait(10) == 0

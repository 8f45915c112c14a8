"""Sends raw bytes over HTTP, and parses the response."""

import re
import socket
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from local_stack.topology import HOST

TIMEOUT = 40.0


class RawResponse(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float
    closed: bool
    """Whether the server has closed the connection."""

    def problem(self) -> tuple[int, str]:
        problem = self.json()
        assert self.headers["content-type"] == "application/problem+json"
        assert problem["status"] == self.status
        assert self.headers["x-request-id"] == problem["request_id"]
        return self.status, problem["code"]

    def json(self) -> Any:
        return orjson.loads(self.body)


def exchange(
    port: int, parts: Iterable[bytes | float], host: str = HOST, *, until_closed: bool = True
) -> RawResponse:
    """Sends byte parts, pauses for numbers of seconds, then reads until the server closes."""
    with socket.create_connection((host, port), timeout=TIMEOUT) as connection:
        started = time.monotonic()
        try:
            for part in parts:
                time.sleep(part) if isinstance(part, float) else connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass  # rejected while we are still sending; the response can be read
        received, closed = _read(connection, until_closed=until_closed)
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    status = re.match(r"HTTP/1\.[01] (\d{3})", lines[0])
    headers = {
        name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])
    }
    return RawResponse(
        int(status[1]) if status else 0, headers, body, time.monotonic() - started, closed
    )


def _read(connection: socket.socket, *, until_closed: bool) -> tuple[bytes, bool]:
    received = b""
    while not (_is_complete(received) and not until_closed):
        try:
            some = connection.recv(65536)
        except ConnectionResetError:
            return received, True
        except TimeoutError:
            return received, False
        if not some:
            return received, True
        received += some
    return received, False


def _is_complete(received: bytes) -> bool:
    head, end, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(end) and len(body) >= int(length[1] if length else 0)

"""Faults of clients: far too many at once, and such as never finish what they began."""

import socket
import time
from contextlib import ExitStack
from http.client import HTTPResponse
from urllib.parse import urlsplit

from proof.load import Load
from proof.processes import Fault
from proof.system import System

AT_ONCE = 300
"""Ten times the threads of a service."""


def impatient(seconds: float) -> Fault:
    """Each asks for its orders again as soon as it has an answer, 503 or not."""

    def strike(system: System, load: Load) -> int:
        request = _request(system, f"Authorization: Bearer {system.staff.buyers[0]}", "")
        answers = 0
        with ExitStack() as stack:
            crowd = [_connected(system, stack) for _ in range(AT_ONCE)]
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                for one in crowd:
                    one.sendall(request)
                for one in crowd:
                    status = _answered(one)
                    answers += 1
                    if status not in (200, 503):
                        load.tally.note_wrong(f"an impatient client was answered {status}")
        return answers

    return strike


def silent(seconds: float) -> Fault:
    """Half of them say nothing, half of them half a request."""

    def strike(system: System, load: Load) -> int:
        with ExitStack() as stack:
            for number in range(AT_ONCE):
                one = _connected(system, stack)
                if number % 2:
                    one.sendall(_request(system, "Content-Length: 1000", "half a"))
            load.wait_for_progress()
            time.sleep(seconds)
        return AT_ONCE

    return strike


def _request(system: System, header: str, body: str) -> bytes:
    return f"GET /api/orders/ HTTP/1.1\r\nHost: {_address(system)[0]}\r\n{header}\r\n\r\n{body}".encode()


def _connected(system: System, stack: ExitStack) -> socket.socket:
    return stack.enter_context(socket.create_connection(_address(system), timeout=10))


def _address(system: System) -> tuple[str, int]:
    where = urlsplit(system.stack.url("order"))
    return str(where.hostname), int(where.port or 80)


def _answered(one: socket.socket) -> int:
    """The status of one answer, read to its end."""
    answer = HTTPResponse(one)
    answer.begin()
    answer.read()
    return answer.status

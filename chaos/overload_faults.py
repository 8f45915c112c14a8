"""Overload by clients: too many requests, and unfinished requests."""

import socket
import time
from contextlib import ExitStack
from http.client import HTTPResponse
from urllib.parse import urlsplit

from chaos.process_faults import fault
from chaos.system_under_test import SystemUnderTest
from chaos.workload import Workload

CLIENTS = 300
"""Ten times the threads of a service."""


@fault
def retry_storm(system: SystemUnderTest, workload: Workload, seconds: float) -> int:
    """Each client repeats its request at once, even after a 503."""
    request = _request(system, f"Authorization: Bearer {system.staff.buyers[0].token}", "")
    responses = 0
    with ExitStack() as stack:
        connections = [_connect(system, stack) for _ in range(CLIENTS)]
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for connection in connections:
                connection.sendall(request)
            for connection in connections:
                status = _read_status(connection)
                responses += 1
                if status not in (200, 503):
                    workload.stats.record_unexpected(
                        f"a client in the retry storm received {status}"
                    )
    return responses


@fault
def incomplete_requests(system: SystemUnderTest, workload: Workload, seconds: float) -> int:
    """Half of the clients send nothing, the others half a request."""
    with ExitStack() as stack:
        for number in range(CLIENTS):
            connection = _connect(system, stack)
            if number % 2:
                connection.sendall(_request(system, "Content-Length: 1000", "half a"))
        workload.wait_for_orders()
        time.sleep(seconds)
    return CLIENTS


def _request(system: SystemUnderTest, header: str, body: str) -> bytes:
    start = f"GET /api/orders/ HTTP/1.1\r\nHost: {_address(system)[0]}\r\n"
    return f"{start}{header}\r\n\r\n{body}".encode()


def _connect(system: SystemUnderTest, stack: ExitStack) -> socket.socket:
    return stack.enter_context(socket.create_connection(_address(system), timeout=10))


def _address(system: SystemUnderTest) -> tuple[str, int]:
    url = urlsplit(system.stack.url("order"))
    return str(url.hostname), int(url.port or 80)


def _read_status(connection: socket.socket) -> int:
    """Reads one response; returns its status."""
    response = HTTPResponse(connection)
    response.begin()
    response.read()
    return response.status

"""Request bodies at the gateway: stalled, malformed, too large, concurrent. No error is a 5xx."""

import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from integration_tests.caddy import Gateway, caddy
from integration_tests.echo_service import echo
from integration_tests.raw_http import exchange
from local_stack.topology import HOST

MEBIBYTE = 1024 * 1024
IDLE_LIMIT = 15.0
ORDERS, IMPORT = "/api/orders/", "/api/products/import/"
TOKEN = "Authorization: Bearer x\r\n"


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with (
        echo() as url,
        caddy(
            tmp_path_factory.mktemp("gateway"),
            {"PRODUCT_SERVICE_URL": url, "ORDER_SERVICE_URL": url},
        ) as gateway,
    ):
        yield gateway


@pytest.fixture(scope="module")
def gateway(started: Gateway) -> int:
    return started.port


def head(path: str, headers: str, method: str = "POST") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: shop\r\n{headers}\r\n".encode()


def length(number: int) -> str:
    return f"Content-Length: {number}\r\n"


CHUNKED = "Transfer-Encoding: chunked\r\n"
STALLED = {
    "nothing of it": head(ORDERS, length(100)),
    "a small one": head(ORDERS, length(100)) + b"abc",
    "a large one": head(ORDERS, length(900_000)) + b"x" * 500_000,
    "in chunks": head(ORDERS, CHUNKED) + b"3\r\nabc\r\n",
    "in a chunk": head(ORDERS, CHUNKED) + b"ffffffff\r\nabc",
    "of a GET": head(ORDERS, length(100), "GET") + b"abc",
    "an import": head(IMPORT, TOKEN + length(2_000_000)) + b"abc",
    "half an import": head(IMPORT, TOKEN + length(2_000_000)) + b"x" * MEBIBYTE,
    "an import in chunks": head(IMPORT, TOKEN + CHUNKED) + b"3\r\nabc\r\n",
}
MALFORMED = {
    "no number": b"zz\r\nabc\r\n",
    "a negative number": b"-3\r\nabc\r\n0\r\n\r\n",
    "longer than its size": b"3\r\nabcdef\r\n0\r\n\r\n",
    "an enormous number": b"fffffffffffffffff\r\nabc",
    "an endless line": b"1" * 5000 + b"\r\nabc",
    "nothing but the line's end": b"\r\n\r\n",
    "a trailer that is none": b"3\r\nabc\r\n0\r\nx\r\n\r\n",
}


def test_a_stalled_body_times_out(gateway: int) -> None:
    with ThreadPoolExecutor(len(STALLED)) as pool:
        responses = dict(
            zip(
                STALLED,
                pool.map(lambda sent: exchange(gateway, [sent]), STALLED.values()),
                strict=True,
            )
        )

    assert {name: response.problem() for name, response in responses.items()} == dict.fromkeys(
        STALLED, (408, "request_timeout")
    )
    assert all(response.closed for response in responses.values())
    assert {
        name: response.seconds
        for name, response in responses.items()
        if not IDLE_LIMIT - 1 < response.seconds < IDLE_LIMIT + 3
    } == {}


def test_slow_bodies_are_accepted(gateway: int) -> None:
    """One takes longer than the idle timeout in total, the other pauses just below it."""
    upload = [
        head(IMPORT, "Connection: close\r\n" + TOKEN + length(2_000_000)),
        *[part for _ in range(200) for part in (b"x" * 10_000, 0.1)],
    ]
    drops = [
        head(ORDERS, "Connection: close\r\n" + length(3)),
        b"a",
        IDLE_LIMIT - 4,
        b"b",
        IDLE_LIMIT - 4,
        b"c",
    ]
    with ThreadPoolExecutor() as pool:
        responses = list(pool.map(lambda parts: exchange(gateway, parts), [upload, drops]))

    assert [(response.status, response.json()["length"]) for response in responses] == [
        (200, 2_000_000),
        (200, 3),
    ]


@pytest.mark.parametrize("chunks", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("path", [ORDERS, IMPORT])
def test_a_malformed_chunked_body_is_a_client_error(gateway: int, path: str, chunks: bytes) -> None:
    assert exchange(gateway, [head(path, TOKEN + CHUNKED) + chunks]).problem() == (
        400,
        "bad_request",
    )


def test_an_incomplete_body_is_a_client_error(gateway: int) -> None:
    with socket.create_connection((HOST, gateway), timeout=10) as connection:
        connection.sendall(head(ORDERS, length(100)) + b"abc")
        connection.shutdown(socket.SHUT_WR)
        assert re.match(rb"HTTP/1\.1 4\d\d ", connection.recv(1000))


@pytest.mark.parametrize(("path", "limit"), [(ORDERS, MEBIBYTE), (IMPORT, 8 * MEBIBYTE)])
@pytest.mark.parametrize("sent", [b"", b"abc", b"x" * 100_000])
def test_content_length_over_the_limit_is_rejected_before_the_body(
    gateway: int, path: str, limit: int, sent: bytes
) -> None:
    for over in (limit + 65_536, limit * 1000, 2**63 - 1):
        rejected = exchange(gateway, [head(path, TOKEN + length(over)) + sent])

        assert rejected.problem() == (413, "payload_too_large")
        assert rejected.seconds < 2


@pytest.mark.parametrize(("path", "limit"), [(ORDERS, MEBIBYTE), (IMPORT, 8 * MEBIBYTE)])
def test_chunks_over_the_limit_are_rejected(gateway: int, path: str, limit: int) -> None:
    size = limit + 1
    rejected = exchange(
        gateway, [head(path, TOKEN + CHUNKED) + b"%x\r\n" % size + b"x" * size + b"\r\n0\r\n\r\n"]
    )

    assert rejected.problem() == (413, "payload_too_large")


def test_an_import_without_a_token_is_rejected_before_its_body(gateway: int) -> None:
    rejected = exchange(gateway, [head(IMPORT, length(2_000_000)) + b"abc"])

    assert rejected.problem() == (401, "not_authenticated")
    assert rejected.headers["www-authenticate"].startswith("Bearer")
    assert rejected.seconds < 2


def test_an_early_rejection_by_the_service_does_not_wait_for_the_body(gateway: int) -> None:
    rejected = exchange(
        gateway, [head(IMPORT, "Authorization: Bearer wrong\r\n" + length(2_000_000)) + b"abc"]
    )

    assert rejected.status == 401
    assert rejected.seconds < 2


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/api/nothing/", "/docs/", "/pictures/CAF-101.svg"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_stalled_unread_body_closes_the_connection(gateway: int, path: str, method: str) -> None:
    response = exchange(gateway, [head(path, length(100), method) + b"abc"], until_closed=False)

    assert response.status in (200, 404, 405)
    assert response.headers["connection"] == "close"


def test_many_unfinished_bodies_do_not_fill_the_memory(started: Gateway) -> None:
    before = memory(started.pid)
    with ExitStack() as open_connections:
        for path, headers, size in [
            (IMPORT, "", 8),
            (IMPORT, TOKEN, 8),
            (ORDERS, "", 1),
            (ORDERS, TOKEN, 1),
        ]:
            for _ in range(50):
                connection = open_connections.enter_context(
                    socket.create_connection((HOST, started.port))
                )
                send_some(
                    connection,
                    head(path, headers + length(size * MEBIBYTE)) + b"x" * (size * MEBIBYTE - 10),
                )

        assert memory(started.pid) - before < 100 * MEBIBYTE


def send_some(connection: socket.socket, data: bytes) -> None:
    """The bytes that are accepted within a short time."""
    connection.settimeout(0.2)
    with suppress(OSError):  # including TimeoutError and the reset of a rejected connection
        connection.sendall(data)


def memory(pid: int) -> int:
    """Bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024

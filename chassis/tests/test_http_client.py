import json
import socket
import struct
import threading
import time

import pycurl
import pytest

from chassis import context, curl
from chassis.http_client import HttpClient, UpstreamError, UpstreamUnavailable
from chassis.tests.concurrency import run_concurrently
from chassis.tests.servers import free_port, http_response

PROBLEM = "application/problem+json"
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
REJECTION = json.dumps(
    {
        "type": "/errors/insufficient_stock",
        "status": 409,
        "code": "insufficient_stock",
        "items": [1],
    }
).encode()


@pytest.fixture
def calls(scripted_server):
    """`calls(response, …)`: a client of a server with one response for each connection."""

    def make(*replies):
        def step(reply):
            def play(connection):
                while server.receive(connection):
                    connection.sendall(reply)

            return play

        server = scripted_server(
            *[step(reply) if isinstance(reply, bytes) else reply for reply in replies]
        )
        made = HttpClient("upstream", server.url)
        made.server = server
        return made

    return make


def outcome(client, timeout=2.0, method="GET", body=None):
    try:
        return client.request(method, "/x", body, timeout=timeout)
    except (UpstreamUnavailable, UpstreamError) as error:
        return type(error)


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize("status", [200, 201, 202])
def test_the_result_is_the_json_of_the_response(calls, status):
    assert outcome(calls(http_response(status, b'{"a": [1]}'))) == {"a": [1]}


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
def test_the_content_type_may_have_parameters(calls, kind):
    assert outcome(calls(http_response(200, b"{}", kind))) == {}


def test_204_is_none(calls):
    assert outcome(calls(b"HTTP/1.1 204 No Content\r\n\r\n")) is None


def test_informational_responses_are_skipped(calls):
    assert outcome(
        calls(
            b"HTTP/1.1 103 Early Hints\r\nContent-Type: text/html\r\n\r\n"
            + http_response(200, b"[1]")
        )
    ) == [1]


def test_a_protocol_upgrade_is_unavailable(calls):
    upgrade = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    assert outcome(calls(upgrade)) is UpstreamUnavailable


@pytest.mark.parametrize("second", [http_response(200, b"2"), b"HTTP/1.1 200 OK\r\n", b"nonsense"])
def test_extra_bytes_after_a_response_are_not_the_next_response(calls, second):
    client = calls(http_response(200, b"1") + second, http_response(200, b"3"))
    assert [outcome(client) for _ in range(2)] == [1, 3]
    assert client.server.connections == 2


def test_connection_close_is_respected(calls):
    client = calls(http_response(200, b"1", Connection="close"))
    assert [outcome(client) for _ in range(3)] == [1, 1, 1]
    assert client.server.connections == 3


def test_an_old_connection_is_replaced_so_that_new_replicas_get_their_share(calls, monkeypatch):
    monkeypatch.setitem(curl.OPTIONS, pycurl.MAXLIFETIME_CONN, 1)
    client = calls(http_response())
    deadline = time.monotonic() + 5
    while client.server.connections < 2:
        assert outcome(client) == {}
        assert time.monotonic() < deadline


@pytest.mark.parametrize("path", ["/x y", "/x\r\nHost: other", "x", "/ä", "", "/x#y"])
def test_a_path_or_token_that_injects_a_request_is_not_sent(calls, path):
    client = calls(http_response())
    with pytest.raises(UpstreamUnavailable):
        client.request("GET", path, timeout=1)
    with pytest.raises(UpstreamUnavailable):
        client.request("GET", "/x", timeout=1, user_token=f"t\r\nX: {path}")
    assert client.server.connections == 0


def test_a_name_with_several_addresses_is_tried_at_each(calls):
    server = calls(http_response()).server  # listens on 127.0.0.1 only
    client = HttpClient("upstream", server.url.replace("127.0.0.1", "localhost"))
    assert outcome(client) == {}


def test_a_problem_document_is_an_upstream_error_with_its_code_and_members(calls):
    with pytest.raises(UpstreamError) as error:
        calls(http_response(409, REJECTION, PROBLEM)).request("PUT", "/x", {}, timeout=1)
    assert error.value.code == "insufficient_stock"
    assert error.value.problem["items"] == [1]


@pytest.mark.parametrize("status", [400, 404, 409, 410, 412, 413, 415, 422])
def test_a_business_4xx_is_an_upstream_error(calls, status):
    assert outcome(calls(http_response(status, REJECTION, PROBLEM))) is UpstreamError


@pytest.mark.parametrize("status", [301, 302, 304, 401, 403, 408, 429, 500, 502, 503, 504, 599])
def test_any_other_status_is_unavailable_even_with_a_problem_document(calls, status):
    assert (
        outcome(
            calls(
                http_response(status, REJECTION if status != 304 else b"", PROBLEM, Location="/y")
            )
        )
        is UpstreamUnavailable
    )


@pytest.mark.parametrize(
    "reply",
    [
        http_response(200, b"<html>", "text/html"),
        http_response(200, b""),
        http_response(200, b"{"),
        http_response(200, b"\xff"),
        http_response(200, b"{}", "text/plain"),
        http_response(200, b"[" * 5000),
        http_response(409, b"<html>", "text/html"),
        http_response(409, b"{}", PROBLEM),
        http_response(409, b"[]", PROBLEM),
        http_response(409, b"{", PROBLEM),
        http_response(409, b'{"code": 1}', PROBLEM),
        http_response(409, REJECTION, "application/json"),
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        CHUNKED + b"zz\r\n",
        http_response(200, b"abcd", Content_Encoding="gzip"),
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
    ],
)
def test_an_invalid_response_is_unavailable(calls, reply):
    def once(connection):
        client.server.receive(connection)
        connection.sendall(reply)

    client = calls(once)
    assert outcome(client) is UpstreamUnavailable


def test_a_truncated_response_is_unavailable_even_if_it_is_json(calls):
    def half(connection):
        client.server.receive(connection)
        connection.sendall(http_response(200, b"12345678")[:-4])

    client = calls(half)
    assert outcome(client) is UpstreamUnavailable


def test_a_truncated_chunked_response_is_unavailable(calls):
    def half(connection):
        client.server.receive(connection)
        connection.sendall(CHUNKED + b"2\r\n12\r\n")

    client = calls(half)
    assert outcome(client) is UpstreamUnavailable


def test_a_refused_connection_is_unavailable_at_once():
    started = time.monotonic()
    assert outcome(HttpClient("upstream", f"http://127.0.0.1:{free_port()}")) is UpstreamUnavailable
    assert time.monotonic() - started < 0.5


def test_a_reset_before_the_request_is_read_is_unavailable(calls):
    assert outcome(calls(reset)) is UpstreamUnavailable


@pytest.mark.parametrize("earlier", [0, 1], ids=["new connection", "reused connection"])
@pytest.mark.parametrize("end", [reset, lambda connection: None], ids=["reset", "closed"])
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_a_request_that_may_have_been_carried_out_is_not_sent_again(calls, method, end, earlier):
    def ends(connection):
        for _ in range(earlier):
            client.server.receive(connection)
            connection.sendall(http_response())
        client.server.receive(connection)
        end(connection)

    client = calls(ends)
    assert [outcome(client, method=method, body={}) for _ in range(earlier + 1)] == [
        {}
    ] * earlier + [UpstreamUnavailable]
    assert len(client.server.requests) == earlier + 1


def test_a_get_is_sent_again_if_a_reused_connection_breaks(calls):
    def ends_after_one(connection):
        client.server.receive(connection)
        connection.sendall(http_response(200, b"1"))
        client.server.receive(connection)

    client = calls(ends_after_one, http_response(200, b"2"))
    assert [outcome(client) for _ in range(2)] == [1, 2]


def drip(raw):
    def play(server, connection):
        server.receive(connection)
        for byte in raw:
            connection.sendall(bytes([byte]))
            if server.over.wait(0.05):
                return

    return play


@pytest.mark.parametrize(
    "slow",
    [
        lambda server, connection: server.over.wait(5),
        drip(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX: " + b"x" * 200),
        drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 20),
        lambda server, connection: (
            server.receive(connection),
            connection.sendall(http_response(200, b"[" + b" " * 99)[:-99]),
            drip(b" " * 99)(server, connection),
        ),
        lambda server, connection: (
            connection.sendall(CHUNKED),
            drip(b"1\r\n \r\n" * 40)(server, connection),
        ),
    ],
    ids=["silent", "headers", "continue", "body", "chunks"],
)
def test_the_timeout_is_for_the_whole_call(calls, slow):
    client = calls(lambda connection: slow(client.server, connection))
    started = time.monotonic()
    assert outcome(client, timeout=0.4) is UpstreamUnavailable
    assert 0.3 < time.monotonic() - started < 0.65


def test_the_timeout_includes_sending_the_body(calls):
    client = calls(lambda connection: client.server.over.wait(5))
    started = time.monotonic()
    assert outcome(client, timeout=0.4, method="PUT", body="x" * 20_000_000) is UpstreamUnavailable
    assert time.monotonic() - started < 0.65


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_response_over_8_mib_is_unavailable(calls, framing):
    raw = b" " * (8 * 1024 * 1024) + b"{}"
    whole = (
        http_response(200, raw)
        if framing == "length"
        else CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(raw), raw)
    )
    assert outcome(calls(whole)) is UpstreamUnavailable


def test_endless_headers_are_unavailable(calls):
    def endless(connection):
        client.server.receive(connection)
        while not client.server.over.is_set():
            connection.sendall(b"X: %b\r\n" % (b"y" * 1000) * 100)

    client = calls(
        lambda connection: (connection.sendall(b"HTTP/1.1 200 OK\r\n"), endless(connection))
    )
    assert outcome(client, timeout=5) is UpstreamUnavailable


def test_no_time_left_is_unavailable_without_a_call(calls):
    client = calls(http_response())
    assert outcome(client, timeout=0) is UpstreamUnavailable
    assert client.server.connections == 0


def test_a_connection_is_reused(calls):
    client = calls(http_response())
    assert [outcome(client) for _ in range(3)] == [{}, {}, {}]
    assert client.server.connections == 1


def test_a_connection_closed_by_the_upstream_while_idle_is_replaced(calls):
    def once(connection):
        client.server.receive(connection)
        connection.sendall(http_response())
        connection.shutdown(socket.SHUT_RDWR)
        closed.set()

    client, closed = calls(once), threading.Event()
    for _ in range(5):
        assert outcome(client, method="PUT", body={}) == {}
        assert closed.wait(5)
        closed.clear()
    assert client.server.connections == 5


def test_a_connection_is_not_reused_after_a_timeout(calls):
    def late(connection):
        client.server.receive(connection)
        client.server.over.wait(0.3)
        connection.sendall(http_response(200, b'"late"'))

    client = calls(late, http_response(200, b'"right"'))
    assert outcome(client, timeout=0.1) is UpstreamUnavailable
    assert outcome(client) == "right"
    assert client.server.connections == 2


def test_the_request_carries_token_request_id_and_trace(calls):
    server = calls(http_response()).server
    client = HttpClient("upstream", server.url, token=lambda: "a.b.c")
    here = context.start("request-1", "00-11111111111111111111111111111111-2222222222222222-01")
    client.request("PUT", "/things/1/../?a=b", {"a": "ä"}, timeout=1)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.decode().split("\r\n") == [
        "PUT /things/1/../?a=b HTTP/1.1",
        f"Host: {server.url.removeprefix('http://')}",
        "Accept: application/json",
        "X-Request-ID: request-1",
        f"traceparent: {here.traceparent}",
        "Authorization: Bearer a.b.c",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    assert json.loads(body) == {"a": "ä"}


@pytest.mark.parametrize(
    ("method", "length"),
    [("GET", []), ("DELETE", ["Content-Length: 0"]), ("POST", ["Content-Length: 0"])],
)
def test_a_request_without_a_body_after_one_with_a_body_has_no_body_headers(calls, method, length):
    client = calls(http_response())
    assert [
        outcome(client, method="PUT", body="x" * 2_000_000),
        outcome(client, method=method),
    ] == [{}, {}]
    lines = client.server.requests[1].decode().split("\r\n")
    assert lines[0] == f"{method} /x HTTP/1.1"
    assert [line for line in lines if line.startswith(("Content-", "Expect"))] == length


def test_five_failures_in_a_row_open_the_circuit(calls):
    client = calls(lambda connection: client.server.receive(connection))
    assert [outcome(client, method="PUT") for _ in range(8)] == [UpstreamUnavailable] * 8
    assert client.server.connections == 5


def test_failures_of_calls_with_a_short_timeout_leave_the_circuit_closed(calls):
    slow = [lambda connection: client.server.over.wait(5)] * 8
    client = calls(*slow, http_response())
    assert [outcome(client, timeout=0.05) for _ in range(8)] == [UpstreamUnavailable] * 8
    assert outcome(client) == {}


def test_refused_connections_open_the_circuit_with_any_timeout():
    port = free_port()
    client = HttpClient("upstream", f"http://127.0.0.1:{port}")
    assert [outcome(client, timeout=0.3) for _ in range(5)] == [UpstreamUnavailable] * 5
    with pytest.raises(UpstreamUnavailable, match="not called at the moment"):
        client.request("GET", "/x", timeout=2)


def test_redirects_and_proxy_variables_are_ignored(calls, monkeypatch):
    proxy, other = calls(http_response(200, b'"proxy"')), calls(http_response(200, b'"other"'))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.server.url)
    client = calls(http_response(302, b"", Location=f"{other.server.url}/x"))
    assert outcome(client) is UpstreamUnavailable
    assert (proxy.server.connections, other.server.connections) == (0, 0)


def test_threads_share_the_idle_connections(calls):
    client = calls(http_response())
    for _ in range(3):
        assert run_concurrently(*[lambda: outcome(client)] * 4, connect=False) == [{}] * 4
    assert client.server.connections <= 4


def test_upstream_errors_do_not_open_the_circuit(calls):
    client = calls(http_response(409, REJECTION, PROBLEM))
    assert [outcome(client) for _ in range(8)] == [UpstreamError] * 8


@pytest.mark.parametrize("status", [401, 403])
def test_401_and_403_for_a_users_token_are_upstream_errors(calls, status):
    client = calls(*[http_response(status, REJECTION, PROBLEM)] * 6)

    for _ in range(6):  # for this user only: other users are still served
        with pytest.raises(UpstreamError):
            client.request("GET", "/x", timeout=2, user_token="theirs")
    assert len(client.server.requests) == 6
    assert all(b"Bearer theirs" in request for request in client.server.requests)

import json
import threading
import time

import pytest
import requests

from chassis import requests_with_deadline
from chassis.tests.servers import drip_bytes, free_port, http_response


@pytest.fixture
def upstream(scripted_server):
    """A server that gives the same response to every request."""

    def make(reply):
        def play(connection):
            while server.receive(connection):
                connection.sendall(reply)

        server = scripted_server(play)
        return server

    return make


def test_json_and_headers_are_sent_and_the_result_is_a_requests_response(upstream):
    server = upstream(
        http_response(401, b'{"code": "invalid_credentials"}', "application/problem+json")
    )
    response = requests_with_deadline.request(
        "POST", f"{server.url}/token/", timeout=2, json={"a": "ä"}, headers={"X-Request-ID": "r"}
    )
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.decode().splitlines()[0] == "POST /token/ HTTP/1.1"
    assert {
        "X-Request-ID: r",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    } <= set(head.decode().splitlines())
    assert json.loads(body) == {"a": "ä"}
    assert (response.status_code, response.ok, response.json()) == (
        401,
        False,
        {"code": "invalid_credentials"},
    )
    assert response.headers["content-type"] == "application/problem+json"
    with pytest.raises(requests.HTTPError):
        response.raise_for_status()


@pytest.mark.parametrize(
    "beginning",
    [b"", b"HTTP/1.1 200 OK\r\nX: y", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"],
    ids=["nothing", "head", "body"],
)
def test_a_slow_response_is_a_timeout_and_the_connection_is_closed(scripted_server, beginning):
    client_closed = threading.Event()
    url, started = scripted_server(drip_bytes(beginning, client_closed)).url, time.monotonic()
    with pytest.raises(requests.RequestException):
        requests_with_deadline.get(url, timeout=0.3)
    assert time.monotonic() - started < 0.5
    assert client_closed.wait(5)


def test_a_refused_connection_is_a_connection_error():
    with pytest.raises(requests.ConnectionError):
        requests_with_deadline.get(f"http://127.0.0.1:{free_port()}", timeout=2)


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "ftp://127.0.0.1/x", "gopher://127.0.0.1:9/x"]
)
def test_other_protocols_are_rejected(url):
    with pytest.raises(requests.RequestException):
        requests_with_deadline.get(url, timeout=1)


def test_redirects_and_proxy_variables_are_ignored(upstream, monkeypatch):
    proxy, other = upstream(http_response()), upstream(http_response())
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    response = requests_with_deadline.get(
        upstream(http_response(302, b"", Location=other.url)).url, timeout=2
    )
    assert (response.status_code, proxy.connections, other.connections) == (302, 0, 0)

"""The proxy, its faults, and the requests that reach the service."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator

import pytest

from chaos import http_faults, network_faults
from chaos.fault_proxy import FaultProxy
from chaos.http_messages import Response
from chaos.tests.scripted_service import ScriptedService, ok, problem
from local_stack import ports
from local_stack.fake_server import serve

BODY = {"order_id": "1", "status": "held"}


@pytest.fixture
def service() -> ScriptedService:
    made = ScriptedService()
    made.respond_with(ok(BODY, 201))
    return made


@pytest.fixture
def proxy(service: ScriptedService) -> Iterator[FaultProxy]:
    with serve(service.handle) as port, FaultProxy(ports.free()["user"]) as made:
        made.upstream = port
        yield made


@pytest.fixture
def send(proxy: FaultProxy):
    """Sends requests over a keep-alive connection."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=5)

    def send(method="PUT", path="/reservations/1/", body=b'{"items": []}', **headers):
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.getheader("Content-Type"), response.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            raise

    yield send
    connection.close()


def test_without_a_fault_everything_passes_over_keep_alive_connections(send, proxy, service):
    service.respond_with(
        ok(BODY, 201), (204, None, {}), problem(409, "insufficient_stock", Retry_After="1")
    )

    assert send(Authorization="Bearer x") == (201, "application/json", json.dumps(BODY).encode())
    assert send("DELETE", body=None) == (204, None, b"")
    assert send("POST", "/a/?b=c", b"{}") == (
        409,
        "application/problem+json",
        b'{"code": "insufficient_stock"}',
    )
    assert service.requests == [
        ("PUT", "/reservations/1/", b'{"items": []}'),
        ("DELETE", "/reservations/1/", b""),
        ("POST", "/a/?b=c", b"{}"),
    ]
    assert service.headers[0]["Authorization"] == "Bearer x"
    assert proxy.injections == 0


def test_reset_before_sends_nothing_to_the_service(send, proxy, service):
    proxy.inject_fault(http_faults.reset_before)

    with pytest.raises(ConnectionResetError):
        send()
    assert (service.requests, proxy.injections) == ([], 1)


def test_reset_after_sends_the_request_to_the_service(send, proxy, service):
    proxy.inject_fault(http_faults.reset_after)

    with pytest.raises(ConnectionResetError):
        send()
    assert len(service.requests) == 1


def test_only_every_nth_request_fails_and_no_health_check(send, proxy):
    proxy.inject_fault(http_faults.empty_response, every=3)

    statuses = [
        send("GET", path)[0] for path in ("/a", "/b", "/health/live", "/c", "/d", "/e", "/f")
    ]

    assert statuses == [201, 201, 201, 200, 201, 201, 200]
    assert proxy.injections == 2
    proxy.clear_fault()
    assert [send()[0] for _ in range(3)] == [201] * 3


def test_an_answer_that_is_too_late_comes_in_the_end(send, proxy, service, monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr(http_faults, "sleep", slept.append)
    proxy.inject_fault(http_faults.slow_response)

    assert send()[0] == 201
    assert slept == [http_faults.SLOWER_THAN_TIMEOUT]
    assert len(service.requests) == 1


def test_of_an_answer_cut_in_half_the_rest_never_comes(send, proxy, service):
    service.respond_with(ok(["x" * 1000]))
    proxy.inject_fault(http_faults.truncated_response)

    with pytest.raises(http.client.IncompleteRead):
        send()
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        (http_faults.wrong_content_type, (201, "text/plain", json.dumps(BODY).encode())),
        (http_faults.empty_response, (200, "application/json", b"")),
        (http_faults.html_response, (200, "text/html; charset=utf-8", http_faults.HTML)),
        (http_faults.wrong_shape(), (200, "application/json", b"{}")),
        (
            http_faults.wrong_status(),
            (500, "application/problem+json", b'{"code": "internal_error"}'),
        ),
    ],
)
def test_a_wrong_response_to_a_processed_request(send, proxy, service, fault, seen):
    proxy.inject_fault(fault)

    assert send() == seen
    assert len(service.requests) == 1


def test_wrong_responses_alternate(send, proxy):
    proxy.inject_fault(http_faults.wrong_status())
    assert [send()[0] for _ in http_faults.WRONG_STATUSES] == [
        status for status, _ in http_faults.WRONG_STATUSES
    ]
    proxy.inject_fault(http_faults.wrong_shape())
    assert [json.loads(send()[2]) for _ in http_faults.WRONG_SHAPES] == list(
        http_faults.WRONG_SHAPES
    )


@pytest.mark.parametrize("fault", [http_faults.duplicated, http_faults.duplicated_concurrently])
def test_a_duplicated_request_has_one_response(send, proxy, service, fault):
    proxy.inject_fault(fault)

    assert send()[0] == 201
    proxy.clear_fault()
    assert send("GET", "/", None)[0] == 201
    assert [method for method, _, _ in service.requests] == ["PUT", "PUT", "GET"]


def test_a_delayed_request_is_refreshed_before_it_is_sent(send, proxy, service):
    arrived = threading.Event()
    service.respond_with(arrived.set, ok(BODY, 201))
    proxy.inject_fault(
        http_faults.delayed(
            0.05, lambda request: request._replace(headers=(("Authorization", "fresh"),))
        )
    )

    with pytest.raises(ConnectionResetError):
        send(Authorization="stale")
    assert arrived.wait(5)
    proxy.delayed[0].thread.join(5)
    assert proxy.delayed[0].outcome == "PUT 201"
    assert service.headers[0]["Authorization"] == "fresh"


def test_connections_are_refused_and_accepted_again(send, proxy):
    assert send()[0] == 201
    proxy.refuse_connections()
    with pytest.raises(ConnectionError):  # the open connection is reset
        send()
    with pytest.raises(ConnectionRefusedError):
        send()
    proxy.clear_fault()
    assert send()[0] == 201


def test_a_service_that_is_down_resets_the_connection(send, proxy):
    proxy.upstream = ports.free()["user"]

    with pytest.raises(ConnectionResetError):
        send()


def test_malformed_http_closes_the_connection(proxy):
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as client:
        client.sendall(b"nonsense\r\n\r\n")
        assert client.recv(100) == b""


def test_a_fault_first_affects_every_third_request_then_all(monkeypatch):
    class FakeProxy:
        injections = 7
        calls: list[object] = []

        def inject_fault(self, fault, every=1):
            self.calls.append((fault, every))

        def clear_fault(self):
            self.calls.append("cleared")
            self.injections = 12

    class SystemUnderTest:
        proxies = {"inventory": FakeProxy()}

    monkeypatch.setattr(
        network_faults, "time", type("Clock", (), {"sleep": staticmethod(lambda seconds: None)})
    )

    assert (
        network_faults.inject_http_fault("inventory", http_faults.html_response)(
            SystemUnderTest(), None
        )
        == 5
    )
    assert FakeProxy.calls == [
        (http_faults.html_response, 3),
        (http_faults.html_response, 1),
        "cleared",
    ]


def test_a_response_has_a_length_unless_it_has_no_body():
    assert (
        Response(200, (("A", "b"),), b"xy").as_bytes()
        == b"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 2\r\n\r\nxy"
    )
    assert Response(204, (), b"").as_bytes() == b"HTTP/1.1 204 OK\r\n\r\n"

"""The proxy, its faults, and what the service behind it sees of them."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator

import pytest

from local_stack import ports
from proof import network, spoiled
from proof.proxy import Proxy
from proof.tests.service import Service, ok, problem, served
from proof.wire import Answer

TRUTH = {"order_id": "1", "status": "held"}


@pytest.fixture
def service() -> Service:
    made = Service()
    made.answers(ok(TRUTH, 201))
    return made


@pytest.fixture
def proxy(service: Service) -> Iterator[Proxy]:
    with served(service) as port, Proxy(ports.free()["user"]) as made:
        made.upstream = port
        yield made


@pytest.fixture
def ask(proxy: Proxy):
    """Over one connection, which is kept as long as it lasts."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=5)

    def ask(method="PUT", path="/reservations/1/", body=b'{"items": []}', **headers):
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Content-Type"), answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            raise

    yield ask
    connection.close()


def test_what_is_not_spoiled_passes_unchanged_over_kept_connections(ask, proxy, service):
    service.answers(ok(TRUTH, 201), (204, None, {}), problem(409, "insufficient_stock", Retry_After="1"))

    assert ask(Authorization="Bearer x") == (201, "application/json", json.dumps(TRUTH).encode())
    assert ask("DELETE", body=None) == (204, None, b"")
    assert ask("POST", "/a/?b=c", b"{}") == (409, "application/problem+json", b'{"code": "insufficient_stock"}')
    assert service.asked == [
        ("PUT", "/reservations/1/", b'{"items": []}'),
        ("DELETE", "/reservations/1/", b""),
        ("POST", "/a/?b=c", b"{}"),
    ]
    assert service.headers[0]["Authorization"] == "Bearer x"
    assert proxy.struck == 0


def test_a_reset_before_reaches_nobody(ask, proxy, service):
    proxy.spoil(spoiled.reset_before)

    with pytest.raises(ConnectionResetError):
        ask()
    assert (service.asked, proxy.struck) == ([], 1)


def test_a_reset_after_hides_what_was_done(ask, proxy, service):
    proxy.spoil(spoiled.reset_after)

    with pytest.raises(ConnectionResetError):
        ask()
    assert len(service.asked) == 1


def test_only_every_so_manyth_request_is_spoiled_and_probes_never(ask, proxy):
    proxy.spoil(spoiled.empty, every=3)

    statuses = [ask("GET", path)[0] for path in ("/a", "/b", "/health/live", "/c", "/d", "/e", "/f")]

    assert statuses == [201, 201, 201, 200, 201, 201, 200]
    assert proxy.struck == 2
    proxy.heal()
    assert [ask()[0] for _ in range(3)] == [201] * 3


def test_an_answer_that_is_too_late_comes_in_the_end(ask, proxy, service, monkeypatch):
    slept = []
    monkeypatch.setattr(spoiled, "sleep", slept.append)
    proxy.spoil(spoiled.too_late)

    assert ask()[0] == 201
    assert slept == [spoiled.PAST_THE_TIMEOUT]
    assert len(service.asked) == 1


def test_of_an_answer_cut_in_half_the_rest_never_comes(ask, proxy, service):
    service.answers(ok(["x" * 1000]))
    proxy.spoil(spoiled.cut_in_half)

    with pytest.raises(http.client.IncompleteRead):
        ask()
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        (spoiled.wrong_content_type, (201, "text/plain", json.dumps(TRUTH).encode())),
        (spoiled.empty, (200, "application/json", b"")),
        (spoiled.html, (200, "text/html; charset=utf-8", spoiled.HTML)),
        (spoiled.wrong_shape(), (200, "application/json", b"{}")),
        (spoiled.wrong_status(), (500, "application/problem+json", b'{"code": "internal_error"}')),
    ],
)
def test_nonsense_instead_of_the_answer_to_what_was_done(ask, proxy, service, fault, seen):
    proxy.spoil(fault)

    assert ask() == seen
    assert len(service.asked) == 1


def test_nonsense_comes_in_many_kinds(ask, proxy):
    proxy.spoil(spoiled.wrong_status())
    assert [ask()[0] for _ in spoiled.WRONG_STATUSES] == [status for status, _ in spoiled.WRONG_STATUSES]
    proxy.spoil(spoiled.wrong_shape())
    assert [json.loads(ask()[2]) for _ in spoiled.WRONG_SHAPES] == list(spoiled.WRONG_SHAPES)


@pytest.mark.parametrize("fault", [spoiled.twice, spoiled.twice_at_once])
def test_carried_out_twice_and_answered_once(ask, proxy, service, fault):
    proxy.spoil(fault)

    assert ask()[0] == 201
    proxy.heal()
    assert ask("GET", "/", None)[0] == 201
    assert [method for method, _, _ in service.asked] == ["PUT", "PUT", "GET"]


def test_carried_out_late_with_what_has_been_renewed_by_then(ask, proxy, service):
    arrived = threading.Event()
    service.answers(arrived.set, ok(TRUTH, 201))
    proxy.spoil(spoiled.late(0.05, lambda request: request._replace(headers=(("Authorization", "fresh"),))))

    with pytest.raises(ConnectionResetError):
        ask(Authorization="stale")
    assert arrived.wait(5)
    proxy.later[0].thread.join(5)
    assert proxy.later[0].outcome == "PUT 201"
    assert service.headers[0]["Authorization"] == "fresh"


def test_refused_and_accepted_again_on_the_same_port(ask, proxy):
    assert ask()[0] == 201
    proxy.refuse()
    with pytest.raises(ConnectionError):  # what was open is broken
        ask()
    with pytest.raises(ConnectionRefusedError):
        ask()
    proxy.heal()
    assert ask()[0] == 201


def test_a_service_that_is_down_looks_like_a_broken_connection(ask, proxy):
    proxy.upstream = ports.free()["user"]

    with pytest.raises(ConnectionResetError):
        ask()


def test_what_is_no_http_ends_the_connection(proxy):
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as client:
        client.sendall(b"nonsense\r\n\r\n")
        assert client.recv(100) == b""


def test_a_row_spoils_now_and_then_first_and_then_everything(monkeypatch):
    class Between:
        struck, told = 7, []

        def spoil(self, fault, every=1):
            self.told.append((fault, every))

        def heal(self):
            self.told.append("healed")
            self.struck = 12

    class System:
        proxies = {"inventory": Between()}

    monkeypatch.setattr(network, "time", type("Clock", (), {"sleep": staticmethod(lambda seconds: None)}))

    assert network.spoil("inventory", spoiled.html)(System(), None) == 5
    assert Between.told == [(spoiled.html, 3), (spoiled.html, 1), "healed"]


def test_an_answer_is_written_with_its_length_unless_it_can_have_none():
    assert Answer(200, (("A", "b"),), b"xy").as_bytes() == b"HTTP/1.1 200 Words\r\nA: b\r\nContent-Length: 2\r\n\r\nxy"
    assert Answer(204, (), b"").as_bytes() == b"HTTP/1.1 204 Words\r\n\r\n"

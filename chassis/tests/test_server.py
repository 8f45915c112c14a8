"""Slow clients, and more requests than threads, at a real gunicorn."""

import json
import math
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from chassis.gunicorn_defaults import THREADS
from chassis.server.connections import LINGER_SECONDS, Connection
from chassis.server.outgoing import Outgoing
from chassis.server.poller import Poller
from chassis.server.worker import Worker
from chassis.tests.servers import Served, answer_of, heard, served, within
from chassis.tests.test_served import post, request

ECHO = post("/api/echo", b'{"name": "a"}')


def accepts_connections(service: Served) -> bool:
    try:
        socket.create_connection(("127.0.0.1", service.port), timeout=10).close()
    except OSError:
        return False
    return True


def connected() -> tuple[socket.socket, Connection]:
    """A client, and what the server has of it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        return client, Connection(*listener.accept(), listener.getsockname())


@pytest.fixture
def connect(service: Served) -> Iterator[Callable[[], socket.socket]]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(socket.create_connection(("127.0.0.1", service.port), timeout=10))


@contextmanager
def every_thread_busy(service: Served, until: Path) -> Iterator[None]:
    """Every thread that answers, that is: the last one keeps the door."""
    with ThreadPoolExecutor(THREADS) as pool:
        waits = request("GET", f"/api/wait?file={until}")
        answers = [pool.submit(service.says, waits) for _ in range(THREADS - 1)]
        try:
            within(10, lambda: service.says(request("GET", "/nothing"))[0] == 503)
            yield
        finally:
            until.touch()
        assert [answer.result()[0] for answer in answers] == [200] * len(answers)


@pytest.mark.parametrize(
    "said", [b"", b"GET /nothing HT", ECHO[:-3], ECHO.replace(b"Content-Length: 13", b"Transfer-Encoding: chunked")]
)
def test_any_number_of_clients_that_do_not_finish_their_request_take_no_thread(service, connect, said):
    for _ in range(THREADS * 3):
        connect().sendall(said)
    assert service.says(ECHO)[0] == 200


def test_a_request_that_comes_in_byte_by_byte_is_answered(connect):
    slow = connect()
    for number in range(len(ECHO)):
        slow.sendall(ECHO[number : number + 1])
    assert heard(slow)[::2] == (200, b'{"name":"a"}')


def test_requests_that_come_together_are_answered_one_after_the_other(connect):
    connection = connect()
    connection.sendall(ECHO + request("GET", "/nothing") + ECHO)
    with connection.makefile("rb") as reader:
        assert [answer_of(reader)[0] for _ in range(3)] == [200, 404, 200]


def reads_nothing_of(service: Served, path: str, times: int) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    client.settimeout(10)
    client.connect(("127.0.0.1", service.port))
    client.sendall(request("GET", path) * times)
    return client


LARGE, TIMES = "/static/drf-yasg/swagger-ui-dist/swagger-ui-bundle.js", 8


def test_any_number_of_clients_that_do_not_take_their_answers_take_no_thread_and_get_all_in_the_end(service):
    _, _, whole = service.says(request("GET", LARGE))
    with ExitStack() as stack:
        clients = [stack.enter_context(reads_nothing_of(service, LARGE, TIMES)) for _ in range(THREADS + 2)]
        assert [service.says(ECHO)[0] for _ in range(20)] == [200] * 20
        with clients[0].makefile("rb") as reader:
            assert [answer_of(reader)[2] == whole for _ in range(TIMES)] == [True] * TIMES
            clients[0].sendall(ECHO)
            assert answer_of(reader)[::2] == (200, b'{"name":"a"}')


def test_a_client_that_ends_its_side_and_is_slow_to_listen_gets_the_last_answer_whole(service):
    _, _, whole = service.says(request("GET", LARGE))
    with reads_nothing_of(service, LARGE, TIMES) as client:
        client.shutdown(socket.SHUT_WR)
        with client.makefile("rb") as reader:
            assert [answer_of(reader)[2] == whole for _ in range(TIMES)] == [True] * TIMES
            assert reader.read() == b""


def test_what_waits_to_be_taken_is_said_to_the_end_when_the_service_is_told_to_end(tmp_path, database_url):
    with served(tmp_path, database_url) as service:
        _, _, whole = service.says(request("GET", LARGE))
        with reads_nothing_of(service, LARGE, TIMES) as client, client.makefile("rb") as reader:
            assert answer_of(reader)[2] == whole
            service.process.send_signal(signal.SIGTERM)
            within(10, lambda: not accepts_connections(service))
            time.sleep(LINGER_SECONDS + 0.5)
            while reader.peek(1):
                assert answer_of(reader)[2] == whole


def test_clients_that_together_leave_too_much_untaken_are_dropped(monkeypatch) -> None:
    monkeypatch.setattr("chassis.server.worker.MOST_UNSAID", 1_000_000)
    worker = object.__new__(Worker)
    worker._poller = Poller()
    with ExitStack() as stack:
        connections = []
        for _ in range(3):
            client, connection = connected()
            stack.enter_context(client)
            stack.callback(connection.close)
            connection.outgoing.sendall(b"x" * 7_000_000)
            worker._release(connection, True)
            connections.append(connection)
        assert [connection.sock.fileno() >= 0 for connection in connections] == [True, False, False]


def test_a_client_that_asks_whether_to_go_on_is_told_so(connect):
    connection = connect()
    connection.sendall(post("/api/echo", b'{"name": "a"}', "Expect: 100-continue")[:-13])
    assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sendall(b'{"name": "a"}')
    assert heard(connection)[0] == 200


def test_a_body_shorter_than_it_should_be_is_refused_even_when_it_makes_sense(connect):
    connection = connect()
    connection.sendall(request("POST", "/api/echo", b'{"name": "a"}', "Content-Type: application/json", "Content-Length: 20"))
    connection.shutdown(socket.SHUT_WR)
    assert heard(connection)[0] == 400


def test_a_client_that_goes_in_the_middle_of_its_request_and_does_not_listen_is_let_go() -> None:
    client, connection = connected()
    client.sendall(ECHO[:-3])
    within(5, lambda: connection.next_request() is None and connection.incoming)
    connection.send_now(b"never read")
    within(5, lambda: client.recv(10, socket.MSG_PEEK))
    client.shutdown(socket.SHUT_WR)
    client.close()  # with something unread: the connection is reset
    Worker._listen(object.__new__(Worker), connection)
    assert connection.sock.fileno() == -1


def test_one_too_many_waits_a_moment_and_is_refused_with_503(service, tmp_path):
    with every_thread_busy(service, tmp_path / "over"):
        status, headers, body = service.says(request("GET", "/nothing?x=1", b"", "X-Request-ID: one-too-many"))
    problem = json.loads(body)
    assert (status, headers["content-type"], headers["retry-after"]) == (503, "application/problem+json", "1")
    assert (problem["code"], problem["service"], problem["request_id"]) == ("service_unavailable", "sample", "one-too-many")
    assert headers["x-request-id"] == "one-too-many"
    (line,) = within(5, lambda: service.logged(request_id="one-too-many"))
    assert (line["method"], line["path"], line["status"]) == ("GET", "/nothing", 503)


@pytest.mark.parametrize("nonsense", [b"nonsense\r\n\r\n", b"\0\r\n\r\n", b"x" * 70_000])
def test_what_is_not_http_is_refused_too(service, tmp_path, nonsense):
    with every_thread_busy(service, tmp_path / "over"):
        assert service.says(nonsense)[0] == 503
    assert "stumbled" not in service.log


def test_a_refused_connection_goes_on(service, connect, tmp_path):
    connection = connect()
    with every_thread_busy(service, tmp_path / "over"), connection.makefile("rb") as reader:
        connection.sendall(request("GET", "/nothing"))
        assert answer_of(reader)[0] == 503
    with connection.makefile("rb") as reader:
        connection.sendall(request("GET", "/nothing"))
        assert answer_of(reader)[0] == 404


def test_a_refused_head_request_has_no_body(service, connect, tmp_path):
    connection = connect()
    with every_thread_busy(service, tmp_path / "over"):
        connection.sendall(request("HEAD", "/nothing", b"", "Connection: close"))
        with connection.makefile("rb") as reader:
            head, _, rest = reader.read().partition(b"\r\n\r\n")
    assert (head[:12], rest) == (b"HTTP/1.1 503", b"")


def test_a_service_with_its_hands_full_is_alive(service, tmp_path):
    with every_thread_busy(service, tmp_path / "over"):
        assert [service.says(request("GET", "/health/live"))[0] for _ in range(3)] == [200] * 3
        assert service.says(request("GET", "/nothing"))[0] == 503  # somebody keeps the door again


def test_what_waits_is_answered_as_soon_as_a_thread_is_free_and_its_time_counts_from_its_arrival(service, tmp_path):
    over = tmp_path / "over"
    with ThreadPoolExecutor(THREADS) as pool, every_thread_busy(service, over):
        waiting = [pool.submit(service.says, request("GET", f"/api/wait?file={over}")) for _ in range(THREADS)]
        time.sleep(0.3)  # in the queue
        over.touch()
        answers = [answer.result() for answer in waiting]
    assert [status for status, _, _ in answers] == [200] * THREADS
    assert max(json.loads(body)["waited"] for _, _, body in answers) > 0.05


def test_what_is_under_way_is_answered_when_the_service_is_told_to_end(tmp_path, database_url):
    with served(tmp_path, database_url) as service, ThreadPoolExecutor(THREADS) as pool:
        kept = socket.create_connection(("127.0.0.1", service.port), timeout=10)
        kept.sendall(request("GET", "/nothing"))
        assert heard(kept)[0] == 404
        over = tmp_path / "over"
        answers = [pool.submit(service.says, request("GET", f"/api/wait?file={over}")) for _ in range(THREADS - 1)]
        within(10, lambda: service.says(request("GET", "/nothing"))[0] == 503)
        service.process.send_signal(signal.SIGTERM)
        within(10, lambda: not accepts_connections(service))
        kept.sendall(request("GET", "/health/live"))
        status, headers, _ = heard(kept)
        over.touch()
        assert [answer.result()[0] for answer in answers] == [200] * (THREADS - 1)
        assert (status, headers["connection"]) == (200, "close")
        assert service.process.wait(20) == 0
        kept.close()


def test_the_connection_that_was_quiet_for_the_longest_makes_room_for_a_new_one():
    poller = Poller(most=3)
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as stack:
        poller.accept_from([listener])
        clients = []
        for _ in range(5):
            clients.append(stack.enter_context(socket.create_connection(listener.getsockname(), timeout=5)))
            for _ in range(2):  # one may be that an older one has been dropped
                for connection in poller.ready(0.1, 1):
                    stack.callback(connection.close)
                    poller.watch(connection)
        assert [client.recv(1) for client in clients[:2]] == [b"", b""]
        clients[4].setblocking(False)
        with pytest.raises(BlockingIOError):
            clients[4].recv(1)


def test_the_pieces_of_an_answer_go_out_together():
    here, there = socket.socketpair()
    with here, there:
        here.settimeout(5)
        outgoing = Outgoing(here)
        outgoing.sendall(b"head ")
        outgoing.sendall(b"and body")
        there.setblocking(False)
        with pytest.raises(BlockingIOError):
            there.recv(100)
        outgoing.flush()
        assert there.recv(100) == b"head and body"


def test_an_answer_that_is_larger_than_the_client_takes_at_once_arrives_whole_and_nobody_waits_for_it():
    here, there = socket.socketpair()
    answer = bytes(range(256)) * 20_000
    with here, there:
        here.settimeout(5)
        outgoing = Outgoing(here)
        for at in range(0, len(answer), 70_000):
            outgoing.sendall(answer[at : at + 70_000])
        outgoing.flush()
        arrived = b""
        assert 0 < len(outgoing) < len(answer)
        while len(arrived) < len(answer):
            arrived += there.recv(65536)
            outgoing.flush()
        assert arrived == answer
        assert (len(outgoing), outgoing.late_since) == (0, math.inf)


def test_a_thread_waits_only_with_what_is_too_much_to_keep(monkeypatch):
    monkeypatch.setattr("chassis.server.outgoing.MOST_UNSAID", 1024 * 1024)
    here, there = socket.socketpair()
    answer = bytes(range(256)) * 20_000
    with here, there, ThreadPoolExecutor() as pool:
        here.settimeout(5)
        there.settimeout(0.05)
        outgoing = Outgoing(here)
        sending = pool.submit(lambda: [outgoing.sendall(answer[at : at + 70_000]) for at in range(0, len(answer), 70_000)])
        arrived = b""
        while len(arrived) < len(answer):
            if sending.done():
                outgoing.flush()
            with suppress(TimeoutError):
                arrived += there.recv(65536)
        assert arrived == answer

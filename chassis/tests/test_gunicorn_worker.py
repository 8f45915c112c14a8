"""The worker in a real gunicorn: silent clients, more requests than threads, and the end."""

import json
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from chassis.gunicorn_defaults import THREADS
from chassis.tests.servers import Served, parse_response, read_response, served, wait_until
from chassis.tests.test_served import chunked, post, request

ECHO = post("/api/echo", b'{"name": "a"}')
NOTHING = request("GET", "/nothing")


@pytest.fixture
def connect(service: Served) -> Iterator[Callable[[], socket.socket]]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(connection_to(service))


def connection_to(service: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", service.port), timeout=10)


def is_refused(service: Served) -> bool:
    try:
        connection_to(service).close()
    except OSError:
        return True
    return False


@contextmanager
def every_thread_busy(service: Served, release: Path) -> Iterator[None]:
    with ThreadPoolExecutor(THREADS) as pool:
        waits = request("GET", f"/api/wait?file={release}")
        responses = [pool.submit(service.send, waits) for _ in range(THREADS)]
        try:
            wait_until(10, lambda: service.send(NOTHING)[0] == 503)
            yield
        finally:
            release.touch()
        assert [response.result()[0] for response in responses] == [200] * THREADS


def test_silent_connections_take_no_thread(service, connect):
    for _ in range(THREADS * 3):
        connect()
    started = time.monotonic()
    assert service.send(ECHO)[0] == 200
    assert time.monotonic() - started < 2


def test_idle_keepalive_connections_take_no_thread(service, connect):
    for _ in range(THREADS * 3):
        idle = connect()
        idle.sendall(NOTHING)
        assert read_response(idle)[0] == 404
    started = time.monotonic()
    assert service.send(ECHO)[0] == 200
    assert time.monotonic() - started < 2


def test_a_request_that_arrives_byte_by_byte_is_handled(connect):
    slow = connect()
    for number in range(len(ECHO)):
        slow.sendall(ECHO[number : number + 1])
    assert read_response(slow)[::2] == (200, b'{"name":"a"}')


def test_clients_that_do_not_finish_their_requests_hold_threads_until_the_timeout(
    tmp_path, database_url
):
    unfinished = [b"GET /nothing HT", ECHO[:-3], chunked("/api/echo", b"{", end=b"ffffffff\r\n")]
    with (
        served(tmp_path, database_url, GUNICORN_CMD_ARGS="--timeout 5") as service,
        ExitStack() as stack,
    ):
        for number in range(THREADS):
            connection = stack.enter_context(connection_to(service))
            connection.sendall(unfinished[number % len(unfinished)])
        wait_until(20, lambda: service.send(ECHO)[0] == 200)
    assert "Traceback" not in service.log


def test_pipelined_requests_are_handled_in_order(connect):
    connection = connect()
    connection.sendall(ECHO + NOTHING + ECHO)
    with connection.makefile("rb") as reader:
        assert [parse_response(reader)[0] for _ in range(3)] == [200, 404, 200]


def test_head_and_body_of_a_response_are_sent_in_one_packet(connect):
    connection = connect()
    connection.sendall(NOTHING)
    assert connection.recv(65536).endswith(b"}")


def test_a_client_that_expects_100_continue_gets_it(connect):
    connection = connect()
    connection.sendall(post("/api/echo", b'{"name": "a"}', "Expect: 100-continue")[:-13])
    assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sendall(b'{"name": "a"}')
    assert read_response(connection)[0] == 200


@pytest.mark.parametrize("raw", [b"nonsense\r\n\r\n", b"\0\r\n\r\n", b"x" * 70_000])
def test_malformed_requests_are_400_or_414_problems_and_the_connection_is_closed(connect, raw):
    connection = connect()
    connection.sendall(raw)
    with connection.makefile("rb") as reader:
        status, headers, body = parse_response(reader)
        assert (status in {400, 414}, headers["content-type"]) == (True, "application/problem+json")
        assert json.loads(body)["status"] == status
        assert reader.read() == b""


def test_load_shedding_is_503_with_retry_after(service, tmp_path):
    with every_thread_busy(service, tmp_path / "release"):
        started = time.monotonic()
        status, headers, body = service.send(
            request("GET", "/nothing?x=1", b"", "X-Request-ID: overdue")
        )
        assert time.monotonic() - started < 4
    problem = json.loads(body)
    assert (status, headers["content-type"], headers["retry-after"]) == (
        503,
        "application/problem+json",
        "1",
    )
    assert (problem["code"], problem["service"], problem["request_id"]) == (
        "service_unavailable",
        "sample",
        "overdue",
    )
    assert headers["x-request-id"] == "overdue"
    (line,) = wait_until(5, lambda: service.logged(request_id="overdue"))
    assert (line["method"], line["path"], line["status"]) == ("GET", "/nothing", 503)


def test_load_shedding_keeps_the_connection_and_a_head_has_no_body(service, connect, tmp_path):
    connection = connect()
    with every_thread_busy(service, tmp_path / "release"):
        connection.sendall(request("HEAD", "/nothing"))
        with connection.makefile("rb") as reader:
            assert reader.readline() == b"HTTP/1.1 503 Service Unavailable\r\n"
            while reader.readline() != b"\r\n":
                pass
    connection.sendall(ECHO)
    assert read_response(connection)[0] == 200


def test_load_shedding_of_an_incomplete_request_does_not_block_others(service, connect, tmp_path):
    with every_thread_busy(service, tmp_path / "release"):
        for _ in range(3):
            connect().sendall(b"GET /nothing HT")
        started = time.monotonic()
        assert service.send(NOTHING)[0] == 503
        assert time.monotonic() - started < 4


def test_the_liveness_probe_succeeds_while_every_thread_is_busy(service, tmp_path):
    with every_thread_busy(service, tmp_path / "release"):
        started = time.monotonic()
        probes = ["/health/live", "/health/live/", "/health/live?x=1"]
        assert [service.send(request("GET", path))[0] for path in probes] == [200] * 3
        assert time.monotonic() - started < 1
        assert service.send(request("GET", "/health/lives"))[0] == 503
        assert service.send(request("GET", "/health/live/x"))[0] == 503


def test_the_request_start_includes_the_time_in_the_queue(service, tmp_path):
    release = tmp_path / "release"
    with ThreadPoolExecutor(THREADS) as pool, every_thread_busy(service, release):
        waiting = [
            pool.submit(service.send, request("GET", f"/api/wait?file={release}"))
            for _ in range(THREADS)
        ]
        time.sleep(0.3)  # in the queue
        release.touch()
        responses = [response.result() for response in waiting]
    assert [status for status, _, _ in responses] == [200] * THREADS
    assert max(json.loads(body)["waited"] for _, _, body in responses) > 0.05


def test_new_connections_replace_the_longest_idle_ones(tmp_path, database_url):
    with (
        served(tmp_path, database_url, GUNICORN_CMD_ARGS="--worker-connections 40") as service,
        ExitStack() as stack,
    ):
        connections = []
        for _ in range(100):
            connections.append(stack.enter_context(connection_to(service)))
            connections[-1].sendall(NOTHING)
            assert read_response(connections[-1])[0] == 404
        connections[0].settimeout(5)
        assert connections[0].recv(1) == b""
        connections[-1].sendall(NOTHING)
        assert read_response(connections[-1])[0] == 404


def test_new_connections_replace_silent_ones(tmp_path, database_url):
    with (
        served(tmp_path, database_url, GUNICORN_CMD_ARGS="--worker-connections 40") as service,
        ExitStack() as stack,
    ):
        for _ in range(100):
            stack.enter_context(connection_to(service))
        assert [service.send(NOTHING)[0] for _ in range(5)] == [404] * 5


def test_a_client_that_does_not_close_its_side_does_not_block_others(service, connect):
    for _ in range(5):
        connect().sendall(request("GET", "/nothing", b"", "Connection: close"))
    started = time.monotonic()
    assert service.send(NOTHING)[0] == 404
    assert time.monotonic() - started < 1


def test_a_worker_is_replaced_after_max_requests(tmp_path, database_url):
    with served(
        tmp_path, database_url, GUNICORN_CMD_ARGS="--max-requests 5 --log-level info"
    ) as service:
        for _ in range(12):
            assert wait_until(10, lambda: service.send(NOTHING)[0]) == 404
        assert service.log.count("Autorestarting worker") >= 2


def test_on_sigterm_requests_in_progress_finish_and_idle_connections_get_a_last_response(
    tmp_path, database_url
):
    with served(tmp_path, database_url) as service, ThreadPoolExecutor(THREADS) as pool:
        idle = connection_to(service)
        idle.sendall(NOTHING)
        assert read_response(idle)[0] == 404
        release = tmp_path / "release"
        responses = [
            pool.submit(service.send, request("GET", f"/api/wait?file={release}"))
            for _ in range(THREADS)
        ]
        wait_until(10, lambda: service.send(NOTHING)[0] == 503)
        service.process.send_signal(signal.SIGTERM)
        wait_until(10, lambda: is_refused(service))
        idle.sendall(request("GET", "/health/live"))
        status, headers, _ = read_response(idle)
        release.touch()
        assert [response.result()[0] for response in responses] == [200] * THREADS
        assert (status, headers["connection"]) == (200, "close")
        assert service.process.wait(20) == 0
        idle.close()

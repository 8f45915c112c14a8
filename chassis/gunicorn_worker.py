"""Gunicorn's gthread worker with a bounded queue, and without threads for silent connections.

The main thread polls the connections and queues those that become readable; a thread answers one
request and gives the connection back. A spare thread answers probes, and 503 when others are busy.
"""

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from socket import IPPROTO_TCP, MSG_DONTWAIT, MSG_PEEK, SHUT_RDWR, SHUT_WR, TCP_CORK, socket
from typing import Any

from django.conf import settings
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from chassis.problem_details import as_wsgi
from chassis.problems import ServiceUnavailable

QUEUE_TIMEOUT = 2.5  # longer than a call to an upstream that hangs: its circuit breaker is open then
LIVENESS_PROBE = re.compile(rb"(GET|HEAD) /health/live/?[? ]")


class Worker(ThreadWorker):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.max_keepalived = self.worker_connections
        self._queue: deque[TConn] = deque()
        self._in_progress: dict[socket, TConn] = {}
        self._spare_thread = ThreadPoolExecutor(1)
        self._poller_lock = threading.Lock()

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self._application, self.wsgi = vars(self)["wsgi"], self._respond

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        for listener in self.sockets if not self.alive else ():
            listener.close()  # clients are refused at once, and do not wait for the end

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        is_full = self.nr_conns + 1 >= self.worker_connections
        for conns in (self.pending_conns, self.keepalived_conns) if is_full else ():
            if conns:
                conns[0].timeout = 0.0  # the longest idle one makes room
        super().wait_for_and_dispatch_events(0.05 if self._queue or is_full else timeout)
        with suppress(IndexError):  # a thread has taken the last one meanwhile
            while time.monotonic() - self._queue[0].request_start > QUEUE_TIMEOUT:
                self._shed(self._queue.popleft())
        for conn in list(self._in_progress.values()):
            if 0 < self.cfg.timeout < time.monotonic() - conn.taken:
                _unless_gone(conn.sock.shutdown, SHUT_RDWR)

    def enqueue_req(self, conn: TConn) -> None:
        if not conn.data_ready:  # just accepted
            conn.data_ready = True
            self._wait_for_request(conn)
            return
        conn.request_start = time.monotonic()
        is_busy = self._queue or len(self._in_progress) >= self.cfg.threads
        if is_busy and LIVENESS_PROBE.match(_peek(conn, 32)):
            self._spare_thread.submit(self._process, conn)
        else:
            self._queue.append(conn)
            self.tpool.submit(self._process_next)

    def _process_next(self) -> None:
        with suppress(IndexError):  # it has been shed
            self._process(self._queue.popleft())

    def _process(self, conn: TConn) -> None:
        conn.taken = time.monotonic()
        conn.is_overdue = conn.taken - conn.request_start > QUEUE_TIMEOUT
        self._in_progress[conn.sock] = conn
        keep_alive = False
        try:
            keep_alive = self.handle(conn)
        finally:
            del self._in_progress[conn.sock]
            if keep_alive:
                self._wait_for_request(conn)
            else:
                self.method_queue.defer(self._linger, conn)

    def _respond(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        conn = self._in_progress[environ["gunicorn.socket"]]
        environ["chassis.request_start"] = conn.request_start
        _unless_gone(conn.sock.setsockopt, IPPROTO_TCP, TCP_CORK, 1)  # head and body leave in one packet
        if conn.is_overdue and environ["PATH_INFO"].rstrip("/") != "/health/live":
            refusal = ServiceUnavailable(settings.SERVICE_NAME, "The service is overloaded. Try again.")
            return as_wsgi(refusal, environ, start_response)
        return self._application(environ, start_response)  # type: ignore[no-any-return]

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:
        _unless_gone(conn.sock.setsockopt, IPPROTO_TCP, TCP_CORK, 0)
        return keepalive and conn.parser.finish_body(deadline=time.monotonic() + 0.1)

    def _wait_for_request(self, conn: TConn) -> None:
        if _buffered(conn):
            self.enqueue_req(conn)
        else:
            timeout = self.cfg.keepalive if self.alive else STOP_KEEPALIVE_LINGER
            self._poll(conn, self.keepalived_conns, timeout, self.on_client_socket_readable)

    def _linger(self, conn: TConn) -> None:
        """Closing with something unread resets the connection, and the response may be lost."""
        _unless_gone(conn.sock.shutdown, SHUT_WR)
        self._poll(conn, self.pending_conns, STOP_KEEPALIVE_LINGER, self.on_pending_socket_readable)

    def on_pending_socket_readable(self, conn: TConn, client: socket) -> None:
        if not _unless_gone(client.recv, 65536, MSG_DONTWAIT):
            self.poller.unregister(client)
            self.pending_conns.remove(conn)
            self.nr_conns -= 1
            conn.close()

    def _poll(self, conn: TConn, conns: deque[TConn], timeout: float, callback: Any) -> None:
        conn.timeout = time.monotonic() + timeout
        with self._poller_lock, suppress(ValueError):  # closed: the worker has stopped
            conns.append(conn)
            self.poller.register(conn.sock, EVENT_READ, partial(callback, conn))

    def murder_keepalived(self, force: bool = False) -> None:
        with self._poller_lock:
            super().murder_keepalived(force)

    def _shed(self, conn: TConn) -> None:
        if b"\r\n\r\n" in _buffered(conn) + _peek(conn, 65536):
            self._spare_thread.submit(self._process, conn)
        else:
            self._linger(conn)  # without 503: the spare thread waits for no client


def _buffered(conn: TConn) -> bytes:
    return bytes(conn.parser.unreader.buf.getvalue()) if conn.parser else b""


def _peek(conn: TConn, size: int) -> bytes:
    return _unless_gone(conn.sock.recv, size, MSG_PEEK | MSG_DONTWAIT) or b""


def _unless_gone(call: Callable[..., Any], *arguments: Any) -> Any:
    with suppress(OSError):
        return call(*arguments)

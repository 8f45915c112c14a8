"""A gunicorn worker whose free threads wait for requests themselves, in one epoll.

gthread's main thread hands each request to a thread and back, which costs more than to parse it.
Only while all threads are busy does the main thread poll here: it queues requests, answers liveness
probes, and rejects what has waited too long.
"""

import re
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from socket import MSG_DONTWAIT, MSG_PEEK, SHUT_RDWR, SHUT_WR, socket
from typing import Any

from django.conf import settings
from gunicorn.workers.base import Worker as BaseWorker
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from chassis.problem_details import as_wsgi
from chassis.problems import ServiceUnavailable

QUEUE_TIMEOUT = 2.5  # longer than a call to an upstream that hangs: its circuit breaker is open then
LIVENESS_PROBE = re.compile(rb"(GET|HEAD) /health/live/?[? ]")
READABLE = select.EPOLLIN | select.EPOLLONESHOT


class ResponseSocket(socket):
    """Collects what gunicorn sends in pieces, so that head and body leave in one packet."""

    def __init__(self, accepted: socket) -> None:
        super().__init__(fileno=accepted.detach())
        self._unsent = b""

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        self._unsent += data
        if len(self._unsent) > 65536:
            self.flush()

    def flush(self) -> None:
        unsent, self._unsent = self._unsent, b""
        super().sendall(unsent)


class Worker(ThreadWorker):
    def init_process(self) -> None:
        self.cfg.__dict__.update({name: each.get() for name, each in self.cfg.settings.items()})  # for quick look-ups
        self.max_keepalived = self.worker_connections
        self._epoll = select.epoll()
        self._idle: dict[int, TConn] = {}  # by file descriptor, the longest idle first
        self._lingering: dict[int, TConn] = {}
        self._queue: deque[TConn] = deque()
        self._in_progress: dict[socket, TConn] = {}
        BaseWorker.init_process(self)

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self._application, self.wsgi = vars(self)["wsgi"], self._respond

    def handle_exit(self, sig: int, frame: Any) -> None:
        self.alive = False

    handle_quit = BaseWorker.handle_quit

    def run(self) -> None:
        self._listeners = {listener.fileno(): listener for listener in self.sockets}
        for number, listener in self._listeners.items():
            listener.setblocking(False)
            self._epoll.register(number, READABLE)
        for _ in range(self.cfg.threads):
            threading.Thread(target=self._serve, daemon=True).start()
        while self.alive and self.is_parent_alive():
            self._supervise()
        for listener in self.sockets:
            listener.close()  # clients are refused at once, and do not wait for the end
        stop = time.monotonic()
        for conn in list(self._idle.values()):
            conn.timeout = min(conn.timeout, stop + STOP_KEEPALIVE_LINGER)
        while (self._in_progress or self._queue or self._idle or self._lingering) and (
            time.monotonic() < stop + self.cfg.graceful_timeout
        ):
            self._supervise()

    def _supervise(self) -> None:
        self.notify()
        time.sleep(0.05 if self._in_progress or self._queue or not self.alive else 0.2)
        now = time.monotonic()
        for conns in (self._idle, self._lingering):
            for number, conn in list(conns.items()):
                if conn.timeout > now:
                    break
                self._close(conns, number)
        for conn in list(self._in_progress.values()):
            if 0 < self.cfg.timeout < now - conn.taken:
                _unless_gone(conn.sock.shutdown, SHUT_RDWR)
        if self._is_busy():
            for number, _ in self._epoll.poll(0, 256):
                if conn := self._take(number):
                    self._process(conn) if LIVENESS_PROBE.match(_peek(conn, 32)) else self._queue.append(conn)
        while self._queue and (not self._is_busy() or now - self._queue[0].request_start > QUEUE_TIMEOUT):
            with suppress(IndexError):  # a thread has taken it meanwhile
                self._hand_back_or_shed(self._queue.popleft())

    def _is_busy(self) -> bool:
        return bool(len(self._in_progress) >= self.cfg.threads)

    def _hand_back_or_shed(self, conn: TConn) -> None:
        if not self._is_busy():
            self._wait_for(self._idle, conn, self.cfg.keepalive)
        elif b"\r\n\r\n" in _peek(conn, 65536):
            self._process(conn)
        else:  # without 503: this thread waits for no client
            self._wait_for(self._lingering, conn, STOP_KEEPALIVE_LINGER)

    def _serve(self) -> None:
        while True:
            try:
                if conn := self._queue.popleft() if self._queue else self._take(self._epoll.poll(-1, 1)[0][0]):
                    self._process(conn)
            except IndexError:  # another thread has taken it
                continue
            except Exception:
                self.log.exception("unexpected error in a thread of the server")

    def _take(self, number: int) -> TConn | None:
        """What the readable file descriptor is of, if it has a request."""
        if listener := self._listeners.get(number):
            with suppress(OSError):  # another process has accepted it
                self._accept(listener)
            _unless_gone(self._epoll.modify, number, READABLE)
        elif conn := self._idle.pop(number, None):
            conn.request_start = time.monotonic()
            return conn
        elif conn := self._lingering.get(number):
            if _unless_gone(conn.sock.recv, 65536, MSG_DONTWAIT):
                _unless_gone(self._epoll.modify, number, READABLE)
            else:
                self._close(self._lingering, number)
        return None

    def _accept(self, listener: socket) -> None:
        accepted, client = listener.accept()
        conn = TConn(self.cfg, ResponseSocket(accepted), client, listener.getsockname())
        conn.data_ready = True
        if len(self._idle) + len(self._in_progress) + len(self._queue) >= self.worker_connections:
            with suppress(StopIteration, RuntimeError):
                self._close(self._idle, next(iter(self._idle)))  # the longest idle one makes room
        self._epoll.register(conn.sock, 0)
        self._wait_for(self._idle, conn, self.cfg.keepalive)

    def _process(self, conn: TConn) -> None:
        conn.taken = time.monotonic()
        self._in_progress[conn.sock] = conn
        keep_alive = False
        try:
            keep_alive = self.handle(conn)
        finally:
            del self._in_progress[conn.sock]
            if keep_alive and conn.parser.unreader.buf.getvalue():
                conn.request_start = time.monotonic()
                self._queue.append(conn)
            elif keep_alive:
                self._wait_for(self._idle, conn, self.cfg.keepalive if self.alive else STOP_KEEPALIVE_LINGER)
            else:  # closing with something unread resets the connection, and the response may be lost
                _unless_gone(conn.sock.flush)
                _unless_gone(conn.sock.shutdown, SHUT_WR)
                self._wait_for(self._lingering, conn, STOP_KEEPALIVE_LINGER)

    def _respond(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        conn = self._in_progress[environ["gunicorn.socket"]]
        environ["chassis.request_start"] = conn.request_start
        conn.has_body = "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ
        if conn.taken - conn.request_start > QUEUE_TIMEOUT and environ["PATH_INFO"].rstrip("/") != "/health/live":
            error = ServiceUnavailable(settings.SERVICE_NAME, "The service is overloaded. Try again.")
            return as_wsgi(error, environ, start_response)
        return self._application(environ, start_response)  # type: ignore[no-any-return]

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:
        conn.sock.flush()
        return keepalive and (not conn.has_body or conn.parser.finish_body(deadline=time.monotonic() + 0.1))

    def _wait_for(self, conns: dict[int, TConn], conn: TConn, timeout: float) -> None:
        conn.timeout = time.monotonic() + timeout
        conns[conn.sock.fileno()] = conn
        _unless_gone(self._epoll.modify, conn.sock.fileno(), READABLE)

    def _close(self, conns: dict[int, TConn], number: int) -> None:
        if conn := conns.pop(number, None):
            conn.close()


def _peek(conn: TConn, size: int) -> bytes:
    return _unless_gone(conn.sock.recv, size, MSG_PEEK | MSG_DONTWAIT) or b""


def _unless_gone(call: Callable[..., Any], *arguments: Any) -> Any:
    with suppress(OSError, ValueError):
        return call(*arguments)

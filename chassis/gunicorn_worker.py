"""A gunicorn worker whose free threads wait for requests themselves, in one epoll.

gthread's main thread hands each request to a thread and back, which costs more than parsing it.
Here the main thread polls only while all threads are busy: it queues requests, responds to liveness
probes, and rejects requests that waited longer than QUEUE_TIMEOUT (load shedding).
"""

import re
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from socket import MSG_DONTWAIT, MSG_PEEK, SHUT_RDWR, socket
from typing import Any

from django.conf import settings
from gunicorn.workers.base import Worker as BaseWorker
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from chassis.problem_details import as_wsgi
from chassis.problems import ServiceUnavailable

QUEUE_TIMEOUT = 2.5
"""Longer than a call to an upstream that hangs, whose circuit breaker opens in that time."""
LIVENESS_PROBE = re.compile(rb"(GET|HEAD) /health/live/?[? ]")
READABLE = select.EPOLLIN | select.EPOLLONESHOT


class ResponseSocket(socket):
    """Buffers gunicorn's writes, so that head and body are sent in one packet."""

    unsent = b""

    def setblocking(self, flag: bool, /) -> None:
        """Does nothing, to save a system call: the socket is always blocking."""

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        self.unsent += data
        if len(self.unsent) > 65536:
            self.flush()

    def flush(self) -> None:
        unsent, self.unsent = self.unsent, b""
        super().sendall(unsent)

    def peek(self, size: int) -> bytes:
        with suppress(OSError):
            return self.recv(size, MSG_PEEK | MSG_DONTWAIT)
        return b""


class Worker(ThreadWorker):
    wsgi: Callable[..., Iterable[bytes]]
    handle_exit, handle_quit = BaseWorker.handle_exit, BaseWorker.handle_quit

    def init_process(self) -> None:
        # Attributes are faster than gunicorn's look-ups.
        self.cfg.__dict__.update({name: each.get() for name, each in self.cfg.settings.items()})
        self._epoll = select.epoll()
        self._idle: dict[int, TConn] = {}  # by file descriptor, the longest idle first
        self._queue: deque[TConn] = deque()
        self._in_progress: dict[socket, TConn] = {}
        BaseWorker.init_process(self)

    def run(self) -> None:
        self._application, self.wsgi = self.wsgi, self._respond
        self._listeners = {listener.fileno(): listener for listener in self.sockets}
        for number in self._listeners:
            self._epoll.register(number, READABLE)
        for _ in range(self.cfg.threads):
            threading.Thread(target=self._serve, daemon=True).start()
        while self.alive and self.is_parent_alive():
            self._supervise(0.05 if self._is_busy() else 0.2)
        for listener in self.sockets:
            listener.close()  # new clients get a refused connection at once
        for conn in list(self._idle.values()):
            self._wait_for_request(conn)  # for STOP_KEEPALIVE_LINGER
        end = time.monotonic() + self.cfg.graceful_timeout
        while time.monotonic() < end and (self._in_progress or self._queue or self._idle):
            self._supervise(0.05)

    def _supervise(self, interval: float) -> None:
        self.notify()
        time.sleep(interval)
        now = time.monotonic()
        for number, conn in list(self._idle.items()):
            if conn.timeout < now and self._idle.pop(number, None):
                conn.close()
        for conn in list(self._in_progress.values()):
            if 0 < self.cfg.timeout < now - conn.taken:
                with suppress(OSError):
                    conn.sock.shutdown(SHUT_RDWR)
        for number, _ in self._epoll.poll(0, 256) if self._is_busy() else ():
            if conn := self._take(number):
                is_probe = LIVENESS_PROBE.match(conn.sock.peek(32))
                self._process(conn) if is_probe else self._queue.append(conn)
        with suppress(IndexError):  # another thread took the last one
            while not self._is_busy() or now - self._queue[0].request_start > QUEUE_TIMEOUT:
                self._leave_queue(self._queue.popleft())

    def _is_busy(self) -> bool:
        return bool(len(self._in_progress) >= self.cfg.threads)

    def _leave_queue(self, conn: TConn) -> None:
        """Pass to an idle thread, or respond 503 if the whole request head has arrived."""
        if not self._is_busy():
            self._wait_for_request(conn)
        elif b"\r\n\r\n" in conn.sock.peek(65536):
            self._process(conn)
        else:
            conn.close()

    def _serve(self) -> None:
        while True:
            with suppress(IndexError):  # another thread was faster
                conn = (
                    self._queue.popleft()
                    if self._queue
                    else self._take(self._epoll.poll(-1, 1)[0][0])
                )
                if conn:
                    self._process(conn)

    def _take(self, number: int) -> TConn | None:
        """The connection of a readable file descriptor; None for a listener, which it serves."""
        if listener := self._listeners.get(number):
            with suppress(OSError):  # another process has accepted it
                if self.alive:
                    self._accept(listener)
            with suppress(OSError):
                self._epoll.modify(number, READABLE if self.alive else 0)
            return None
        if conn := self._idle.pop(number, None):
            conn.request_start, conn.has_body = (
                time.monotonic(),
                True,
            )  # unknown before the request is parsed
        return conn

    def _accept(self, listener: socket) -> None:
        accepted, client = listener.accept()
        sock = ResponseSocket(fileno=accepted.detach())
        conn = TConn(self.cfg, sock, client, listener.getsockname())
        conn.data_ready = True
        if len(self._idle) + len(self._in_progress) + len(self._queue) >= self.worker_connections:
            with suppress(StopIteration, RuntimeError, KeyError):
                self._idle.pop(next(iter(self._idle))).close()  # close the longest idle one
        self._epoll.register(sock, 0)
        self._wait_for_request(conn)

    def _process(self, conn: TConn) -> None:
        conn.taken, keep_alive = time.monotonic(), False
        self._in_progress[conn.sock] = conn
        try:
            keep_alive = self.handle(conn)
        except Exception:
            self.log.exception("unexpected error in a thread of the server")
        del self._in_progress[conn.sock]
        if not keep_alive:
            with suppress(OSError):
                conn.sock.flush()
            with suppress(OSError):  # unread data would cause a reset
                conn.close(graceful=conn.has_body or conn.sock.peek(1))
        elif conn.parser.unreader.buf.getvalue():  # pipelined
            conn.request_start = time.monotonic()
            self._queue.append(conn)
        else:
            self._wait_for_request(conn)

    def _respond(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        conn = self._in_progress[environ["gunicorn.socket"]]
        environ["chassis.request_start"] = conn.request_start
        conn.has_body = "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ
        if conn.taken - conn.request_start > QUEUE_TIMEOUT:
            error = ServiceUnavailable(
                settings.SERVICE_NAME, "The service is overloaded. Try again."
            )
            return as_wsgi(error, environ, start_response)
        return self._application(environ, start_response)

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:
        conn.sock.flush()
        return keepalive and (not conn.has_body or conn.parser.finish_body(time.monotonic() + 0.1))

    def _wait_for_request(self, conn: TConn) -> None:
        conn.timeout = time.monotonic() + (
            self.cfg.keepalive if self.alive else STOP_KEEPALIVE_LINGER
        )
        self._idle[conn.sock.fileno()] = conn
        with suppress(OSError, ValueError):
            self._epoll.modify(conn.sock.fileno(), READABLE)

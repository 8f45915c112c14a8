"""More requests than threads: a short queue, and a 503 for what would wait in it for too long."""

import re
import threading
import time
from collections import deque
from typing import NamedTuple

import orjson
from django.conf import settings

from chassis import context
from chassis.problems import ServiceUnavailable
from chassis.request_log import record
from chassis.server.connections import Connection

PATIENCE_WITH_A_CROWD = 2.5
"""Seconds in the queue. Longer than a call to a neighbour that is frozen: then its circuit breaker is open, and all go on."""
PATIENCE_WITH_A_STREAM = 1.0
"""When the queue was never empty for so long as a crowd may wait: then waiting helps nobody (Maurer: Fail at Scale, 2015)."""
LONGEST_QUEUE = 1000
POLLED = 0.05
"""Seconds between looks at a queue in which somebody waits."""

_REQUEST_ID = re.compile(rb"\r\nx-request-id:[ \t]*([A-Za-z0-9._-]{1,128})[ \t]*\r\n", re.IGNORECASE)
_LAST = re.compile(rb" HTTP/1\.0\r\n|\r\nconnection:[ \t]*close[ \t]*\r\n", re.IGNORECASE)


class Waiting(NamedTuple):
    connection: Connection
    request: bytes
    arrived: float
    """By time.monotonic()."""


class Queue:
    """Who waits for a thread, the longest first; and how many threads are free."""

    def __init__(self, threads: int) -> None:
        self._threads = self._free = threads
        self._waiting: deque[Waiting] = deque()
        self._was_empty_at = 0.0
        self._lock = threading.Lock()

    @property
    def patience(self) -> float:
        """Seconds for which a thread may wait for requests before it looks into the queue again."""
        return POLLED if self._waiting else 1.0

    @property
    def at_the_door(self) -> int:
        """How many connections the calling thread, which is free, shall look at together: others have the time when it has none."""
        return 1 if self._free > 1 else 64

    @property
    def is_at_work(self) -> bool:
        return self._free < self._threads or bool(self._waiting)

    @property
    def could_go_faster(self) -> bool:
        return self._free > 1 and bool(self._waiting)

    def add(self, waiting: Waiting) -> None:
        if not self._waiting:
            self._was_empty_at = waiting.arrived
        if _is_sign_of_life(waiting.request):
            self._waiting.appendleft(waiting)
        else:
            self._waiting.append(waiting)

    def take_up(self) -> Waiting | None:
        """What the calling thread, which was free, shall answer. The last free one keeps the door instead."""
        with self._lock:
            if self._waiting and (self._free > 1 or _is_sign_of_life(self._waiting[0].request)):
                self._free -= 1
                return self._waiting.popleft()
            return None

    def next_of_a_busy_thread(self) -> Waiting | None:
        """None makes the thread a free one."""
        with self._lock:
            if self._waiting and self._free:
                return self._waiting.popleft()
            self._free += 1
            return None

    def take_late(self) -> Waiting | None:
        """One that has waited for too long, or is one too many."""
        with self._lock:
            if len(self._waiting) > LONGEST_QUEUE:
                return self._waiting.pop()
            if self._waiting and time.monotonic() - self._waiting[0].arrived > self._longest_wait():
                return self._waiting.popleft()
            return None

    def _longest_wait(self) -> float:
        is_a_crowd = time.monotonic() - self._was_empty_at < PATIENCE_WITH_A_CROWD
        return PATIENCE_WITH_A_CROWD if is_a_crowd else PATIENCE_WITH_A_STREAM


def is_last(request: bytes) -> bool:
    """The client wants no other on this connection."""
    return _LAST.search(request, 0, request.find(b"\r\n\r\n") + 4) is not None


def _is_sign_of_life(request: bytes) -> bool:
    """A probe whose failure would have this process killed."""
    return request.startswith(b"GET /health/live")


def refusal(late: Waiting) -> bytes:
    """The whole answer, without Django: it has to cost little."""
    found = _REQUEST_ID.search(late.request, 0, late.request.find(b"\r\n\r\n") + 4)
    here = context.begin(found[1].decode() if found else "")
    no = ServiceUnavailable(settings.SERVICE_NAME, "More is asked of this service than it can do at the moment. Try again.")
    body = orjson.dumps(no.body)
    headers = {"Content-Type": "application/problem+json", "Content-Length": str(len(body)), **no.headers, **here.headers}
    method, _, target = late.request.partition(b"\r\n")[0].decode("latin1").partition(" ")
    record(method, target.partition(" ")[0].partition("?")[0], "", no.status, time.monotonic() - late.arrived)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {no.status} Service Unavailable\r\n{head}\r\n".encode() + (b"" if method == "HEAD" else body)

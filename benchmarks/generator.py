"""The load generator: a separate process with one thread, asyncio sockets and prepared requests, so
that it uses little CPU time.

    python -m benchmarks.generator      (reads its job, a line of JSON)

Prints `begin` after the warm-up and `end` after the measurement, continues until it reads a line,
and then prints the result of the measurement as a line of JSON. So the load is the same whenever
the reader of `begin` and `end` samples the CPU time.
"""

import asyncio
import json
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

HOST = "127.0.0.1"
DRAIN_TIMEOUT = 30.0
"""Seconds for requests in progress at the end, so that they do not affect the next load."""
RETRY_DELAY = 1.0
"""Seconds before a retry after a connection error, or a 503 without Retry-After."""


class Stats:
    def __init__(self, job: dict[str, Any]) -> None:
        self._maximum = job["maximum"]
        self.counting = self.over = False
        self.full = asyncio.Event()
        self.statuses: Counter[str] = Counter()
        self.latencies: list[float] = []

    def record(self, outcome: str, seconds: float) -> None:
        if not self.counting:
            return
        self.statuses[outcome] += 1
        if outcome.startswith("2"):
            self.latencies.append(seconds)
        if self.statuses.total() >= self._maximum:
            self.counting = False
            self.full.set()


class Client(asyncio.Protocol):
    """Sends a request, reads the complete response, and repeats, over a keep-alive connection."""

    def __init__(self, port: int, stats: Stats, write: Callable[[], bytes]) -> None:
        self._port, self._stats, self._write = port, stats, write
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._length: int | None = None
        self._began = 0.0
        self.idle = asyncio.Event()

    def start(self, pause: float = 0.0) -> None:
        asyncio.get_running_loop().call_later(pause, self._begin)

    def _begin(self) -> None:
        self._connecting = asyncio.get_running_loop().create_task(
            self._connect()
        )  # the loop holds only a weak reference

    async def _connect(self) -> None:
        if self._stats.over:
            self.idle.set()
            return
        self._began = time.perf_counter()
        try:
            await asyncio.get_running_loop().create_connection(lambda: self, HOST, self._port)
        except OSError:
            self._finish("broken", RETRY_DELAY)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._write())

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._length is None and (end := self._received.find(b"\r\n\r\n")) >= 0:
            self._length = end + 4 + int(self._header(b"content-length", b"0"))
        if self._length is not None and len(self._received) >= self._length:
            self._on_response(str(int(self._received[9:12])))

    def connection_lost(self, error: Exception | None) -> None:
        if self._transport is not None:  # and not closed by us
            self._finish("broken", RETRY_DELAY)

    def _on_response(self, status: str) -> None:
        pause = (
            float(self._header(b"retry-after", str(RETRY_DELAY).encode()))
            if status == "503"
            else 0.0
        )
        if self._header(b"connection", b"").lower() == b"close" or pause or self._stats.over:
            self._finish(status, pause)
            return
        self._record(status)
        assert self._transport is not None
        self._began = time.perf_counter()
        self._transport.write(self._write())

    def _finish(self, outcome: str, pause: float) -> None:
        """Closes the connection; the next request opens another."""
        self._record(outcome)
        if self._transport is not None:
            transport, self._transport = self._transport, None
            transport.close()
        if self._stats.over:
            self.idle.set()
        else:
            self.start(pause)

    def _record(self, outcome: str) -> None:
        self._stats.record(outcome, time.perf_counter() - self._began)
        self._received.clear()
        self._length = None

    def _header(self, name: bytes, default: bytes) -> bytes:
        head = bytes(self._received[: self._received.find(b"\r\n\r\n") + 2])
        at = head.lower().find(b"\r\n" + name + b":")
        return head[at + len(name) + 3 : head.find(b"\r\n", at + 2)].strip() if at >= 0 else default


def writer(job: dict[str, Any]) -> Callable[[], bytes]:
    if "gets" in job:
        requests = [
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{_authorization(token)}\r\n".encode()
            for path, token in job["gets"]
        ]
        return lambda: random.choice(requests)
    lines = [
        json.dumps({"product_id": product_id, "quantity": 1}) for product_id in job["product_ids"]
    ]
    tokens = [_authorization(token) for token in job["tokens"] or [""]]

    def write() -> bytes:
        body = f'{{"items": [{", ".join(random.sample(lines, job["lines"]))}]}}'
        head = (
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nIdempotency-Key: "
            f"{uuid4().hex}\r\n"
        )
        start = f"POST /api/orders/ HTTP/1.1\r\nHost: localhost\r\n{random.choice(tokens)}"
        return f"{start}{head}\r\n{body}".encode()

    return write


def _authorization(token: str) -> str:
    return f"Authorization: Bearer {token}\r\n" if token else ""


async def run_load(job: dict[str, Any]) -> dict[str, Any]:
    stats, write = Stats(job), writer(job)
    clients = [Client(job["port"], stats, write) for _ in range(job["clients"])]
    for client in clients:
        client.start()
    await asyncio.sleep(job["warming"])
    say("begin")
    began, own, stats.counting = time.perf_counter(), time.process_time(), True
    with suppress(TimeoutError):
        await asyncio.wait_for(stats.full.wait(), job["seconds"])
    stats.counting = False
    seen = {
        "seconds": time.perf_counter() - began,
        "own_seconds": time.process_time() - own,
        "statuses": dict(stats.statuses),
    }
    say("end")
    await asyncio.to_thread(sys.stdin.readline)
    stats.over = True
    with suppress(TimeoutError):
        await asyncio.wait_for(
            asyncio.gather(*(client.idle.wait() for client in clients)), DRAIN_TIMEOUT
        )
    return seen | {"latencies": sorted(stats.latencies)}


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    _, maximum = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (maximum, maximum))
    say(json.dumps(asyncio.run(run_load(json.loads(sys.stdin.readline())))))


if __name__ == "__main__":
    main()

"""The load generator, a process of its own: one thread, plain sockets, prepared texts, so that it costs little.

    python -m benchmarks.generator      (reads its job, a line of JSON)

Says `begin` when the warming is over and `end` when the time is, goes on until it reads a line, and then says in a line of JSON
what it has seen in between. So whoever looks at the machine when it hears these words sees the same load both times.
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
DRAINING = 30.0
"""Seconds for what is under way at the end; the next load is to find nothing of this one."""
AGAIN = 1.0
"""Seconds until somebody who was told to come back without saying when, or who found nobody, comes back."""


class Tally:
    def __init__(self, job: dict[str, Any]) -> None:
        self._most = job["most"]
        self.counting = self.over = False
        self.full = asyncio.Event()
        self.statuses: Counter[str] = Counter()
        self.latencies: list[float] = []

    def note(self, outcome: str, seconds: float) -> None:
        if not self.counting:
            return
        self.statuses[outcome] += 1
        if outcome.startswith("2"):
            self.latencies.append(seconds)
        if self.statuses.total() >= self._most:
            self.counting = False
            self.full.set()


class Client(asyncio.Protocol):
    """Sends, waits for the whole answer, and sends again, over one connection as long as the server keeps it open."""

    def __init__(self, port: int, tally: Tally, write: Callable[[], bytes]) -> None:
        self._port, self._tally, self._write = port, tally, write
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._whole: int | None = None
        self._began = 0.0
        self.idle = asyncio.Event()

    def go_on(self, pause: float = 0.0) -> None:
        asyncio.get_running_loop().call_later(pause, self._begin)

    def _begin(self) -> None:
        self._connecting = asyncio.get_running_loop().create_task(self._connect())  # the loop itself keeps no hold of it

    async def _connect(self) -> None:
        if self._tally.over:
            self.idle.set()
            return
        self._began = time.perf_counter()
        try:
            await asyncio.get_running_loop().create_connection(lambda: self, HOST, self._port)
        except OSError:
            self._finish("broken", AGAIN)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._write())

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._whole is None and (end := self._received.find(b"\r\n\r\n")) >= 0:
            self._whole = end + 4 + int(self._header(b"content-length", b"0"))
        if self._whole is not None and len(self._received) >= self._whole:
            self._answered(str(int(self._received[9:12])))

    def connection_lost(self, error: Exception | None) -> None:
        if self._transport is not None:  # and not let go by us
            self._finish("broken", AGAIN)

    def _answered(self, status: str) -> None:
        pause = float(self._header(b"retry-after", str(AGAIN).encode())) if status == "503" else 0.0
        if self._header(b"connection", b"").lower() == b"close" or pause or self._tally.over:
            self._finish(status, pause)
            return
        self._note(status)
        assert self._transport is not None
        self._began = time.perf_counter()
        self._transport.write(self._write())

    def _finish(self, outcome: str, pause: float) -> None:
        """With this connection; the next request, if there is one, gets a new one."""
        self._note(outcome)
        if self._transport is not None:
            transport, self._transport = self._transport, None
            transport.close()
        if self._tally.over:
            self.idle.set()
        else:
            self.go_on(pause)

    def _note(self, outcome: str) -> None:
        self._tally.note(outcome, time.perf_counter() - self._began)
        self._received.clear()
        self._whole = None

    def _header(self, name: bytes, default: bytes) -> bytes:
        head = bytes(self._received[: self._received.find(b"\r\n\r\n") + 2])
        at = head.lower().find(b"\r\n" + name + b":")
        return head[at + len(name) + 3 : head.find(b"\r\n", at + 2)].strip() if at >= 0 else default


def writer(job: dict[str, Any]) -> Callable[[], bytes]:
    if "gets" in job:
        requests = [
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{_authorization(token)}\r\n".encode() for path, token in job["gets"]
        ]
        return lambda: random.choice(requests)
    lines = [json.dumps({"product_id": product_id, "quantity": 1}) for product_id in job["product_ids"]]
    tokens = [_authorization(token) for token in job["tokens"] or [""]]

    def write() -> bytes:
        body = f'{{"items": [{", ".join(random.sample(lines, job["lines"]))}]}}'
        head = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nIdempotency-Key: {uuid4().hex}\r\n"
        return f"POST /api/orders/ HTTP/1.1\r\nHost: localhost\r\n{random.choice(tokens)}{head}\r\n{body}".encode()

    return write


def _authorization(token: str) -> str:
    return f"Authorization: Bearer {token}\r\n" if token else ""


async def carry_out(job: dict[str, Any]) -> dict[str, Any]:
    tally, write = Tally(job), writer(job)
    clients = [Client(job["port"], tally, write) for _ in range(job["clients"])]
    for client in clients:
        client.go_on()
    await asyncio.sleep(job["warming"])
    say("begin")
    began, own, tally.counting = time.perf_counter(), time.process_time(), True
    with suppress(TimeoutError):
        await asyncio.wait_for(tally.full.wait(), job["seconds"])
    tally.counting = False
    seen = {"seconds": time.perf_counter() - began, "own_seconds": time.process_time() - own, "statuses": dict(tally.statuses)}
    say("end")
    await asyncio.to_thread(sys.stdin.readline)
    tally.over = True
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*(client.idle.wait() for client in clients)), DRAINING)
    return seen | {"latencies": sorted(tally.latencies)}


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    say(json.dumps(asyncio.run(carry_out(json.loads(sys.stdin.readline())))))


if __name__ == "__main__":
    main()

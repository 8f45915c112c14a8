"""Neighbours for tests: real servers on loopback that answer from a script, or else as usual."""

import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


class Exchange:
    """One request that a neighbour got, and the ways to deal with it."""

    def __init__(self, neighbour: "Neighbour", handler: BaseHTTPRequestHandler, call: Call) -> None:
        self.neighbour, self.call = neighbour, call
        self._handler = handler

    def carry_out(self) -> tuple[int, Any]:
        return self.neighbour.does(self.call)

    def answer(self, status: int, body: Any = None, kind: str = "") -> None:
        raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        self.head(
            status,
            kind or ("application/json" if status < 400 else "application/problem+json"),
            len(raw),
        )
        self.write(raw)

    def head(self, status: int, kind: str, length: int) -> None:
        self._handler.send_response(status)
        if status != 204:
            self._handler.send_header("Content-Type", kind)
            self._handler.send_header("Content-Length", str(length))
        self._handler.end_headers()

    def write(self, raw: bytes) -> None:
        self._handler.wfile.write(raw)

    def reset(self) -> None:
        """Break the connection off, so that the caller sees ECONNRESET."""
        self._handler.connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        self.close()

    def close(self) -> None:
        self._handler.close_connection = True


Step = Callable[[Exchange], None]


def as_usual(exchange: Exchange) -> None:
    exchange.answer(*exchange.carry_out())


def reply(status: int, body: Any = None, kind: str = "") -> Step:
    return lambda exchange: exchange.answer(status, body, kind)


def problem(status: int, code: str, **extra: Any) -> Step:
    return reply(
        status,
        {
            "type": f"/errors/{code}",
            "title": "No",
            "status": status,
            "detail": "No.",
            "code": code,
            **extra,
        },
    )


def hangs(exchange: Exchange) -> None:
    """Never answers; the connection is there until the test is over."""
    exchange.neighbour.over.wait(PATIENCE_SECONDS)
    exchange.reset()


def resets(exchange: Exchange) -> None:
    exchange.reset()


def closes(exchange: Exchange) -> None:
    exchange.close()


def carried_out_then_lost(exchange: Exchange) -> None:
    exchange.carry_out()
    exchange.reset()


def carried_out_then_hangs(exchange: Exchange) -> None:
    exchange.carry_out()
    hangs(exchange)


def later(exchange: Exchange) -> None:
    """Under way for longer than anybody waits: `neighbour.deliver()` brings it to its end."""
    exchange.neighbour.late.append(exchange.call)
    exchange.reset()


def cut_in_half(exchange: Exchange) -> None:
    status, body = exchange.carry_out()
    raw = orjson.dumps(body)
    exchange.head(200 if status == 204 else status, "application/json", len(raw))
    exchange.write(raw[: len(raw) // 2])
    exchange.close()


class Neighbour:
    def __init__(self, does: Callable[[Call], tuple[int, Any]]) -> None:
        self.does = does
        self.calls: list[Call] = []
        self.late: list[Call] = []
        self.over = threading.Event()
        self._script: list[Step] = []
        self._always: Step = as_usual
        self._lock = threading.Lock()
        self._server = _server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    def then(self, *steps: Step) -> None:
        """For the next calls, one step each; after these, as always."""
        self._script += steps

    def always(self, step: Step) -> None:
        self._always = step

    def deliver(self) -> list[int]:
        """What was sent long ago arrives. The statuses that nobody hears of."""
        late, self.late = self.late, []
        return [self.does(call)[0] for call in late]

    @property
    def told(self) -> list[str]:
        return [call.method for call in self.calls]

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        raw = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        call = Call(
            handler.command, handler.path, dict(handler.headers), orjson.loads(raw) if raw else None
        )
        with self._lock:
            self.calls.append(call)
            step = self._script.pop(0) if self._script else self._always
        step(Exchange(self, handler, call))

    def close(self) -> None:
        self.over.set()
        threading.Thread(target=self._stop, daemon=True).start()  # nobody has to wait for it

    def _stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _server(neighbour: Neighbour) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            neighbour.handle(self)

        do_GET = do_PUT = do_POST = do_DELETE = handle_any

        def log_message(self, *args: Any) -> None: ...

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

        def handle_error(self, *args: Any) -> None:
            """The caller went away: that is what many of the tests are about."""

    return Server(("127.0.0.1", 0), Handler)

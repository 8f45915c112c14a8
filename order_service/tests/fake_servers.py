"""HTTP servers on loopback that respond from a script, or with a fake service."""

import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

HANG_TIMEOUT = 30


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


class Exchange:
    """One request to a fake server, and its possible responses."""

    def __init__(self, server: "FakeServer", handler: BaseHTTPRequestHandler, call: Call) -> None:
        self.server, self.call = server, call
        self._handler = handler

    def execute(self) -> tuple[int, Any]:
        return self.server.service(self.call)

    def respond(self, status: int, body: Any = None, kind: str = "") -> None:
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
        """Abort the connection: the client gets ECONNRESET."""
        self._handler.connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        self.close()

    def close(self) -> None:
        self._handler.close_connection = True


Step = Callable[[Exchange], None]


def succeeds(exchange: Exchange) -> None:
    exchange.respond(*exchange.execute())


def reply(status: int, body: Any = None, kind: str = "") -> Step:
    return lambda exchange: exchange.respond(status, body, kind)


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
    """Never responds; the connection stays open until the end of the test."""
    exchange.server.closed.wait(HANG_TIMEOUT)
    exchange.reset()


def resets(exchange: Exchange) -> None:
    exchange.reset()


def closes(exchange: Exchange) -> None:
    exchange.close()


def handled_then_reset(exchange: Exchange) -> None:
    exchange.execute()
    exchange.reset()


def handled_then_hangs(exchange: Exchange) -> None:
    exchange.execute()
    hangs(exchange)


def delays(exchange: Exchange) -> None:
    """Executed only by `server.deliver_delayed()`."""
    exchange.server.delayed_calls.append(exchange.call)
    exchange.reset()


def truncates(exchange: Exchange) -> None:
    status, body = exchange.execute()
    raw = orjson.dumps(body)
    exchange.head(200 if status == 204 else status, "application/json", len(raw))
    exchange.write(raw[: len(raw) // 2])
    exchange.close()


class FakeServer:
    def __init__(self, service: Callable[[Call], tuple[int, Any]]) -> None:
        self.service = service
        self.calls: list[Call] = []
        self.delayed_calls: list[Call] = []
        self.closed = threading.Event()
        self._script: list[Step] = []
        self._always: Step = succeeds
        self._lock = threading.Lock()
        self._server = _server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    def then(self, *steps: Step) -> None:
        """For the next calls, one step each."""
        self._script += steps

    def always(self, step: Step) -> None:
        self._always = step

    def deliver_delayed(self) -> list[int]:
        """Execute the delayed calls. Returns their statuses, which no client receives."""
        calls, self.delayed_calls = self.delayed_calls, []
        return [self.service(call)[0] for call in calls]

    @property
    def methods(self) -> list[str]:
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
        self.closed.set()
        threading.Thread(target=self._stop, daemon=True).start()

    def _stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _server(fake: FakeServer) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            fake.handle(self)

        do_GET = do_PUT = do_POST = do_DELETE = handle_any

        def log_message(self, *args: Any) -> None: ...

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

        def handle_error(self, *args: Any) -> None:
            """Clients that disconnect are part of many tests."""

    return Server(("127.0.0.1", 0), Handler)

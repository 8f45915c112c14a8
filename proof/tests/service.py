"""A service that answers as it is told, and remembers what it was asked."""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Scripted = tuple[int, Any, dict[str, str]]


class Service:
    def __init__(self) -> None:
        self.script: deque[Scripted | Callable[[], None]] = deque()
        """Answers in turn; the last one stays. A function is called before the next."""
        self.asked: list[tuple[str, str, bytes]] = []
        self.headers: list[dict[str, str]] = []
        self.lock = threading.Lock()

    def answers(self, *script: Scripted | Callable[[], None]) -> None:
        self.script = deque(script)

    def next(self) -> Scripted:
        with self.lock:
            while callable(first := self.script[0]):
                self.script.popleft()
                first()
            return self.script.popleft() if len(self.script) > 1 else first


def ok(content: Any = None, status: int = 200, **headers: str) -> Scripted:
    return status, content, {"Content-Type": "application/json"} | headers


def problem(status: int, code: str, **headers: str) -> Scripted:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"code": code}, {"Content-Type": "application/problem+json"} | named


@contextmanager
def served(service: Service) -> Iterator[int]:
    """The port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with service.lock:
                service.asked.append((self.command, self.path, body))
                service.headers.append(dict(self.headers.items()))
            status, content, headers = service.next()
            data = b"" if status == 204 else json.dumps(content).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = do_DELETE = do_any

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

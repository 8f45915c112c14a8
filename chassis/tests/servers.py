"""Test servers on loopback: a scripted TCP server, an HTTP server and the sample service."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

Step = Callable[[socket.socket], None]


class ScriptedServer:
    """A TCP server: each connection runs the next step of the script, or the last one again."""

    def __init__(self, *script: Step) -> None:
        self._script = list(script)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.connections = 0
        self.requests: list[bytes] = []
        self.over = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self.over.set()
        self._listener.close()

    def _run(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            step = self._script.pop(0) if len(self._script) > 1 else self._script[0]
            threading.Thread(target=self._handle, args=(step, connection), daemon=True).start()

    def _handle(self, step: Step, connection: socket.socket) -> None:
        try:
            with connection:
                step(connection)
        except OSError:
            pass  # the client closed the connection, as many scripts expect

    def receive(self, connection: socket.socket) -> bytes:
        """One request, head and body. Empty if the client closed the connection."""
        received = b""
        while b"\r\n\r\n" not in received:
            if not (more := connection.recv(65536)):
                return b""
            received += more
        head, _, body = received.partition(b"\r\n\r\n")
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            ),
            0,
        )
        while len(body) < length:
            body += connection.recv(65536)
        self.requests.append(head + b"\r\n\r\n" + body)
        return self.requests[-1]


class Relay:
    """A TCP proxy to PostgreSQL that forwards bytes while `flows` is set."""

    def __init__(self, database: dict[str, Any]) -> None:
        host, port = str(database["HOST"] or "/tmp"), str(database["PORT"] or 5432)  # noqa: S108
        self._target: Any = f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = str(self._listener.getsockname()[1])
        self.flows = threading.Event()
        self.flows.set()
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        self.flows.set()
        self._listener.close()

    def _run(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(
                socket.AF_UNIX if isinstance(self._target, str) else socket.AF_INET
            )
            server.connect(self._target)
            for pair in ((client, server), (server, client)):
                threading.Thread(target=self._forward, args=pair, daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                self.flows.wait()
                target.sendall(data)
        except OSError:
            pass
        source.close()
        target.close()


def http_response(
    status: int = 200, body: bytes = b"{}", kind: str = "application/json", **headers: str
) -> bytes:
    lines = [f"HTTP/1.1 {status} Reason", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def drip_bytes(beginning: bytes, client_closed: threading.Event) -> Step:
    """Sends `beginning` and then a byte every 50 ms, until the client closes the connection."""

    def play(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(beginning)
        try:
            for _ in range(1200):
                time.sleep(0.05)
                connection.sendall(b"x")
        except OSError:
            client_closed.set()
            raise

    return play


@contextmanager
def http_server(
    handle: Callable[..., tuple[int, Any]], *, with_headers: bool = False
) -> Iterator[str]:
    """A server that responds with `handle(path, body)`: (status, JSON content). Yields its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, content = (
                handle(self.path, body, self.headers) if with_headers else handle(self.path, body)
            )
            raw = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            if not isinstance(content, bytes):
                self.send_header(
                    "Content-Type",
                    "application/json" if status < 400 else "application/problem+json",
                )
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_POST = do_GET

        def log_message(self, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    ).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Served:
    """The sample service in gunicorn."""

    def __init__(self, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
        self.port, self.process, self._log = port, process, log
        self.url = f"http://127.0.0.1:{port}"

    @property
    def log(self) -> str:
        return self._log.read_text()

    def logged(self, **fields: Any) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.log.splitlines()]
        return [
            line for line in lines if all(line.get(name) == value for name, value in fields.items())
        ]

    def send(self, raw: bytes) -> tuple[int, dict[str, str], bytes]:
        """Send these bytes on a new connection and read one response."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(raw)
            return read_response(connection)


def read_response(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """The first response on a connection."""
    return parse_response(connection.makefile("rb"))


def parse_response(reader: IO[bytes]) -> tuple[int, dict[str, str], bytes]:
    """Status, headers in lower case and body of one response with a Content-Length."""
    status = int(reader.readline().split(b" ")[1])
    headers = {}
    while line := reader.readline().strip():
        name, _, value = line.decode("latin1").partition(":")
        headers[name.lower()] = value.strip()
    return status, headers, reader.read(int(headers.get("content-length", 0)))


@contextmanager
def served(folder: Path, database_url: str, **environment: str) -> Iterator[Served]:
    port, log = free_port(), folder / "gunicorn.log"
    variables = (
        os.environ
        | {"DATABASE_URL": database_url, "PYTHONPATH": str(ROOT), "WEB_CONCURRENCY": "1"}
        | environment
    )
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        str(HERE / "gunicorn.py"),
        "--bind",
        f"127.0.0.1:{port}",
        "chassis.tests.wsgi",
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=output, stderr=output)
    try:
        wait_until(90, lambda: _listens(port) or _fail_if_ended(process, log))
        yield Served(port, process, log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def wait_until(seconds: float, condition: Callable[[], Any]) -> Any:
    """Poll `condition` and return its first true value; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not true within {seconds} s"
        time.sleep(0.02)
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return read_response(connection)[0] == 200
    except OSError:
        return False


def _fail_if_ended(process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    return False

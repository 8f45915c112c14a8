"""Real little servers on loopback: a neighbour that answers by script, one that speaks HTTP, and the sample service itself."""

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


class ScriptedNeighbour:
    """A TCP server: each connection that comes is handled by the next step of the script, the last step by all the rest."""

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
            pass  # the client went away: that is what many of the scripts are about

    def hears(self, connection: socket.socket) -> bytes:
        """One request, head and body. Empty when the client has closed."""
        heard = b""
        while b"\r\n\r\n" not in heard:
            if not (more := connection.recv(65536)):
                return b""
            heard += more
        head, _, body = heard.partition(b"\r\n\r\n")
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
    """Passes bytes between its clients and PostgreSQL for as long as `flows` is set."""

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
                threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                self.flows.wait()
                target.sendall(data)
        except OSError:
            pass
        source.close()
        target.close()


def answer(
    status: int = 200, body: bytes = b"{}", kind: str = "application/json", **headers: str
) -> bytes:
    lines = [f"HTTP/1.1 {status} Words", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def drips(beginning: bytes, gave_up: threading.Event) -> Step:
    """Begins to answer, and then sends a byte every 50 ms for as long as anybody listens."""

    def play(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(beginning)
        try:
            for _ in range(1200):
                time.sleep(0.05)
                connection.sendall(b"x")
        except OSError:
            gave_up.set()
            raise

    return play


@contextmanager
def http_server(
    handle: Callable[..., tuple[int, Any]], *, with_headers: bool = False
) -> Iterator[str]:
    """A server that answers `handle(path, body)`, as (status, what becomes JSON). Yields its URL."""

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
    """The sample service in a real gunicorn."""

    def __init__(self, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
        self.port, self.process, self._log = port, process, log
        self.url = f"http://127.0.0.1:{port}"

    @property
    def log(self) -> str:
        return self._log.read_text()

    def logged(self, **facts: Any) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.log.splitlines()]
        return [
            line for line in lines if all(line.get(name) == value for name, value in facts.items())
        ]

    def says(self, raw: bytes) -> tuple[int, dict[str, str], bytes]:
        """What it answers to these very bytes, until it closes the connection or the answer is whole."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(raw)
            return heard(connection)


def heard(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """The first answer of a connection, whatever may come after it."""
    return answer_of(connection.makefile("rb"))


def answer_of(reader: IO[bytes]) -> tuple[int, dict[str, str], bytes]:
    """Status, headers in lower case and body of one answer that has a Content-Length."""
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
        within(90, lambda: _listens(port) or _refuse_if_ended(process, log))
        yield Served(port, process, log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def within(seconds: float, holds: Callable[[], Any]) -> Any:
    """What `holds` answers as soon as it is true; fails when that takes longer."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"did not come true within {seconds} s"
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
            return heard(connection)[0] == 200
    except OSError:
        return False


def _refuse_if_ended(process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    return False

"""A service of a test's own that answers with what it was sent."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import orjson

from local_stack.topology import HOST

OWN_CONTENT_TYPES = {"/swagger/": "text/html", "/metrics": "text/plain"}


class Echo(BaseHTTPRequestHandler):
    """An import without the right token is refused before its body is read."""

    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        early = self.headers["Authorization"] == "Bearer wrong"
        body = b"" if early else self._body()
        said = {"method": self.command, "path": self.path, "headers": dict(self.headers), "length": len(body)}
        self._send(401 if early else 200, orjson.dumps(said))
        self.close_connection = early

    def _body(self) -> bytes:
        if self.headers["Transfer-Encoding"] != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"] or 0))
        body = b""
        while size := int(self.rfile.readline() or b"0", 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, status: int, body: bytes) -> None:
        with suppress(BrokenPipeError):  # of a test that went away
            self._write(status, body)

    def _write(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", OWN_CONTENT_TYPES.get(self.path, "application/json"))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def echo() -> Iterator[str]:
    """Its URL."""
    server = ThreadingHTTPServer((HOST, 0), Echo)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{HOST}:{server.server_port}"
    server.shutdown()
    server.server_close()

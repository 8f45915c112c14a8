"""An HTTP/1.1 server for test doubles."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from local_stack.topology import HOST

Handle = Callable[[BaseHTTPRequestHandler], tuple[int, bytes, dict[str, str]]]
"""Returns status, body and headers. Status 0 closes the connection without a response."""


class FakeServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients of a test may disconnect at any time."""


@contextmanager
def serve(handle: Handle) -> Iterator[int]:
    """Yields the port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body in one packet, to avoid a delay by Nagle's algorithm

        def do_any(self) -> None:
            status, body, headers = handle(self)
            if not status:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            with suppress(BrokenPipeError):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_any  # noqa: N815

        def log_message(self, format: str, *args: object) -> None: ...

    server = FakeServer((HOST, 0), Handler)
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    ).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def read_body(request: BaseHTTPRequestHandler) -> bytes:
    if request.headers["Transfer-Encoding"] != "chunked":
        return request.rfile.read(int(request.headers["Content-Length"] or 0))
    body = b""
    while size := int(request.rfile.readline() or b"0", 16):
        body += request.rfile.read(size)
        request.rfile.readline()
    request.rfile.readline()
    return body

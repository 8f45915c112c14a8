"""A server with one scripted response."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

OK = [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"]
SPLIT = [b"HTTP/1.1 200 OK\r\ncontent-le", b"ngth: 2\r\n\r", b"\n{", b"}"]
CLOSING = [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"]
LATER = [b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\n{}"]


@contextmanager
def scripted(response: list[bytes]) -> Iterator[int]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while received(self.request):
                for part in response:
                    self.request.sendall(part)
                if response is CLOSING:
                    return

    class Threads(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 64

    with Threads(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def received(connection: Any) -> bool:
    """Reads a complete request of the generator; False at the end of the connection."""
    text = b""
    while not text.endswith(b"\r\n\r\n" if text.startswith(b"GET") else b"}]}"):
        try:
            more = connection.recv(65536)
        except ConnectionResetError:
            return False
        if not more:
            return False
        text += more
    return True

"""HTTP/1.1 requests and responses as values, which can be changed, repeated and stored."""

import http.client
import io
from typing import NamedTuple

HOST = "127.0.0.1"
TIMEOUT = 20.0
"""Seconds; much longer than the timeouts of the callers."""
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}

Headers = tuple[tuple[str, str], ...]


class Request(NamedTuple):
    method: str
    path: str
    headers: Headers
    body: bytes


class Response(NamedTuple):
    status: int
    headers: Headers
    body: bytes

    def as_bytes(self) -> bytes:
        headers = "".join(f"{name}: {value}\r\n" for name, value in self.headers)
        length = "" if self.status == 204 else f"Content-Length: {len(self.body)}\r\n"
        return f"HTTP/1.1 {self.status} OK\r\n{headers}{length}\r\n".encode("latin1") + self.body


def send(port: int, request: Request) -> Response:
    connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT)
    try:
        headers = {name: value for name, value in request.headers if name.lower() not in HOP_BY_HOP}
        connection.request(request.method, request.path, request.body or None, headers)
        response = connection.getresponse()
        headers_received = tuple(
            (name, value) for name, value in response.getheaders() if name.lower() not in HOP_BY_HOP
        )
        return Response(response.status, headers_received, response.read())
    finally:
        connection.close()


def read_request(reader: io.BufferedReader) -> Request | None:
    """None when the client has closed its connection."""
    first = reader.readline(65536)
    if not first:
        return None
    method, path, _ = first.decode("latin1").split(" ", 2)
    headers = http.client.parse_headers(reader)
    body = reader.read(int(headers.get("Content-Length") or 0))
    return Request(method, path, tuple(headers.items()), body)

"""Requests and answers of HTTP/1.1 as values, so that they can be changed, repeated and kept."""

import http.client
import io
from typing import NamedTuple

HOST = "127.0.0.1"
PATIENCE = 20.0
"""Seconds for a service; much longer than its callers have."""
OF_ONE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length"}

Headers = tuple[tuple[str, str], ...]


class Request(NamedTuple):
    method: str
    path: str
    headers: Headers
    body: bytes


class Answer(NamedTuple):
    status: int
    headers: Headers
    body: bytes

    def as_bytes(self) -> bytes:
        headers = "".join(f"{name}: {value}\r\n" for name, value in self.headers)
        length = "" if self.status == 204 else f"Content-Length: {len(self.body)}\r\n"
        return f"HTTP/1.1 {self.status} Words\r\n{headers}{length}\r\n".encode("latin1") + self.body


def ask(port: int, request: Request) -> Answer:
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    try:
        headers = {name: value for name, value in request.headers if name.lower() not in OF_ONE_CONNECTION}
        connection.request(request.method, request.path, request.body or None, headers)
        answer = connection.getresponse()
        kept = tuple((name, value) for name, value in answer.getheaders() if name.lower() not in OF_ONE_CONNECTION)
        return Answer(answer.status, kept, answer.read())
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

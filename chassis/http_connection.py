"""A kept HTTP/1.1 connection to a neighbour, for one call at a time (RFC 9112). What comes back is parsed by httptools (llhttp)."""

import contextlib
import random
import select
import socket
import ssl
import time
from typing import NamedTuple
from urllib.parse import urlsplit

import httptools

CONNECT_SECONDS = 0.5
KEPT_SECONDS = 30.0
"""Then it is made anew: so replicas that came since get their share. Less than our servers keep an idle connection."""
LONGEST_ANSWER = 8 * 1024 * 1024


class Origin(NamedTuple):
    """Where a neighbour is: scheme, host and port (RFC 6454)."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> "Origin":
        parts = urlsplit(url)
        return cls(parts.scheme, str(parts.hostname), parts.port or {"http": 80, "https": 443}[parts.scheme])

    @property
    def authority(self) -> str:
        """For the Host header."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Answer(NamedTuple):
    status: int
    content_type: str
    content: bytes
    may_be_followed: bool
    """By another one, on the same connection."""


class Reader:
    """Of the answers of one connection: each has to be whole, and the only one to its question."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._begin()

    def _begin(self) -> None:
        self._parts: list[bytes] = []
        self._content_type = ""
        self._length = 0
        self._answer: Answer | None = None
        self._is_one_too_many = False

    def feed(self, heard: bytes) -> Answer | None:
        """The answer, when this was its end. Raises ValueError for what is too long, or no answer."""
        self._length += len(heard)
        try:
            self._parser.feed_data(heard)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            raise ValueError(f"not an answer that makes sense: {error!r}") from error
        if self._length > LONGEST_ANSWER or self._is_one_too_many:
            raise ValueError("more than an answer")
        if answer := self._answer:
            self._begin()
        return answer

    def on_message_begin(self) -> None:
        self._is_one_too_many = self._answer is not None

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-type":
            self._content_type = value.decode("latin1")

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200:  # before that come words like 100 Continue
            goes_on = self._parser.should_keep_alive()
            self._answer = Answer(status, self._content_type, b"".join(self._parts), goes_on)


class Connection:
    """When it has raised OSError or ValueError it is good for nothing more."""

    def __init__(self, origin: Origin, deadline: float) -> None:
        self._sock = _connected(origin, deadline)
        self._made = time.monotonic()
        self._reader = Reader()
        self._poll = select.poll()
        self._poll.register(self._sock, select.POLLIN)

    @property
    def is_good(self) -> bool:
        """Young, and with nothing to read: what waits there before we ask is the neighbour's goodbye."""
        return time.monotonic() - self._made < KEPT_SECONDS and not self._poll.poll(0)

    def ask(self, request: bytes, deadline: float) -> Answer:
        self._sock.settimeout(_left(deadline))
        self._sock.sendall(request)
        while True:
            self._sock.settimeout(_left(deadline))
            heard = self._sock.recv(65536)
            if not heard:
                raise ConnectionError("closed before the answer was whole")
            if answer := self._reader.feed(heard):
                return answer

    def close(self) -> None:
        self._sock.close()

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):  # never connected
            self.close()


def _connected(origin: Origin, deadline: float) -> socket.socket:
    """To any of the addresses that the name has: each is a replica."""
    addresses = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    random.shuffle(addresses)
    for family, kind, protocol, _, address in addresses:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(min(CONNECT_SECONDS, _left(deadline)))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock if origin.scheme == "http" else _with_tls(sock, origin.host)
        except OSError as error:
            sock.close()
            failure = error
    raise failure


def _with_tls(sock: socket.socket, host: str) -> socket.socket:
    return ssl.create_default_context().wrap_socket(sock, server_hostname=host)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left

"""A proxy in front of a service, that can spoil what passes through it. HTTP/1.1, a thread for each connection."""

import http.client
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from proof.wire import HOST, Answer, Request, ask, read_request

AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset
PROBES = "/health"

Fault = Callable[["Exchange"], None]


class Exchange:
    """One request, and what can be done with it."""

    def __init__(self, proxy: "Proxy", client: socket.socket, request: Request) -> None:
        self.proxy, self.request = proxy, request
        self._client = client
        self.over = False
        """The connection is closed, or has to be."""

    def carry_out(self) -> Answer:
        """Have the service do it, once more if it was done before. Raises OSError or HTTPException."""
        return ask(self.proxy.upstream, self.request)

    def answer(self, answer: Answer) -> None:
        self.send(answer.as_bytes())

    def send(self, data: bytes) -> None:
        self._client.sendall(data)

    def close(self) -> None:
        self.over = True

    def reset(self) -> None:
        self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self.over = True


class Proxy:
    """A context manager. It passes everything on until it is told to spoil."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.upstream = 0
        self.struck = 0
        """How many requests were spoiled."""
        self.later: list[Later] = []
        self._fault: Fault | None = None
        self._every, self._met = 1, 0
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._clients: set[socket.socket] = set()

    def __enter__(self) -> Self:
        self.listen()
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()

    def spoil(self, fault: Fault, every: int = 1) -> None:
        """From now on, each request or every 2nd, 3rd …"""
        with self._lock:
            self._fault, self._every, self._met = fault, every, 0

    def heal(self) -> None:
        with self._lock:
            self._fault = None
        self.listen()

    def listen(self) -> None:
        if self._listener is None:
            self._listener = _bound(self.port)
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def refuse(self) -> None:
        """No connection is accepted, and those there are break."""
        listener, self._listener = self._listener, None
        if listener:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes up who waits in accept
            listener.close()
        for client in list(self._clients):
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        self.struck += 1

    def send_later(self, seconds: float, request: Callable[[], Request]) -> None:
        """`request` is asked for when the time has come."""
        self.later.append(Later(self, seconds, request))

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._clients.add(client)
        with client, client.makefile("rb") as reader:
            over = False
            while not over:
                try:
                    request = read_request(reader)
                    over = request is None or self._handle(client, request)
                except (OSError, ValueError, http.client.HTTPException):
                    over = True
        self._clients.discard(client)

    def _handle(self, client: socket.socket, request: Request) -> bool:
        """Returns whether the connection is over."""
        exchange = Exchange(self, client, request)
        fault = self._fault_for(request)
        try:
            (fault or pass_on)(exchange)
        except (OSError, http.client.HTTPException):  # the service behind does not answer
            exchange.reset()
        return exchange.over

    def _fault_for(self, request: Request) -> Fault | None:
        with self._lock:
            if self._fault is None or request.path.startswith(PROBES):
                return None
            self._met += 1
            if self._met % self._every:
                return None
            self.struck += 1
            return self._fault


class Later:
    """A request that is carried out when nobody waits for it any more."""

    def __init__(self, proxy: Proxy, seconds: float, request: Callable[[], Request]) -> None:
        self.due = time.monotonic() + seconds
        self.outcome = ""
        """Method and status, once it was carried out."""
        self._proxy, self._request = proxy, request
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        time.sleep(max(0.0, self.due - time.monotonic()))
        request = self._request()
        try:
            self.outcome = f"{request.method} {ask(self._proxy.upstream, request).status}"
        except (OSError, http.client.HTTPException) as error:
            self.outcome = f"{request.method} {type(error).__name__}"


def pass_on(exchange: Exchange) -> None:
    exchange.answer(exchange.carry_out())


def _bound(port: int, patience: float = 5.0) -> socket.socket:
    until = time.monotonic() + patience
    while True:
        try:
            return socket.create_server((HOST, port), backlog=256)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)

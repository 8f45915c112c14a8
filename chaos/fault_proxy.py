"""An HTTP/1.1 proxy in front of a service that can inject faults.

One thread for each connection.
"""

import http.client
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from chaos.http_messages import HOST, Request, Response, read_request, send

RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset
HEALTH_CHECKS = "/health"

HTTPFault = Callable[["Exchange"], None]


class Exchange:
    """One request and the ways to handle it."""

    def __init__(self, proxy: "FaultProxy", client: socket.socket, request: Request) -> None:
        self.proxy, self.request = proxy, request
        self._client = client
        self.closed = False
        """Whether the connection has to be closed."""

    def forward(self) -> Response:
        """Send the request to the service, again at each call. Raises OSError or HTTPException."""
        return send(self.proxy.upstream, self.request)

    def respond(self, response: Response) -> None:
        self.write(response.as_bytes())

    def write(self, data: bytes) -> None:
        self._client.sendall(data)

    def close(self) -> None:
        self.closed = True

    def reset(self) -> None:
        self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.closed = True


class FaultProxy:
    """A context manager. Passes everything through until a fault is injected."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.upstream = 0
        self.injections = 0
        """Requests with an injected fault, and rejected connections."""
        self.delayed: list[DelayedRequest] = []
        self._fault: HTTPFault | None = None
        self._every, self._seen = 1, 0
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._clients: set[socket.socket] = set()

    def __enter__(self) -> Self:
        self.listen()
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse_connections()

    def inject_fault(self, fault: HTTPFault, every: int = 1) -> None:
        """From now on, for every n-th request."""
        with self._lock:
            self._fault, self._every, self._seen = fault, every, 0

    def clear_fault(self) -> None:
        with self._lock:
            self._fault = None
        self.listen()

    def listen(self) -> None:
        if self._listener is None:
            self._listener = _bound(self.port)
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def refuse_connections(self) -> None:
        """Close the port and reset all connections."""
        listener, self._listener = self._listener, None
        if listener:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes up the thread in accept
            listener.close()
        for client in list(self._clients):
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        self.injections += 1

    def send_delayed(self, seconds: float, request: Callable[[], Request]) -> None:
        """`request` is called when it is due."""
        self.delayed.append(DelayedRequest(self, seconds, request))

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
            closed = False
            while not closed:
                try:
                    request = read_request(reader)
                    closed = request is None or self._handle(client, request)
                except (OSError, ValueError, http.client.HTTPException):
                    closed = True
        self._clients.discard(client)

    def _handle(self, client: socket.socket, request: Request) -> bool:
        """Returns whether the connection has to be closed."""
        exchange = Exchange(self, client, request)
        fault = self._fault_for(request)
        try:
            (fault or pass_through)(exchange)
        except (OSError, http.client.HTTPException):  # the service does not respond
            exchange.reset()
        return exchange.closed

    def _fault_for(self, request: Request) -> HTTPFault | None:
        with self._lock:
            if self._fault is None or request.path.startswith(HEALTH_CHECKS):
                return None
            self._seen += 1
            if self._seen % self._every:
                return None
            self.injections += 1
            return self._fault


class DelayedRequest:
    """A request that is sent when its client has given up."""

    def __init__(self, proxy: FaultProxy, seconds: float, request: Callable[[], Request]) -> None:
        self.due = time.monotonic() + seconds
        self.outcome = ""
        """Method and status after it was sent."""
        self._proxy, self._request = proxy, request
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        time.sleep(max(0.0, self.due - time.monotonic()))
        request = self._request()
        try:
            self.outcome = f"{request.method} {send(self._proxy.upstream, request).status}"
        except (OSError, http.client.HTTPException) as error:
            self.outcome = f"{request.method} {type(error).__name__}"


def pass_through(exchange: Exchange) -> None:
    exchange.respond(exchange.forward())


def _bound(port: int, timeout: float = 5.0) -> socket.socket:
    until = time.monotonic() + timeout
    while True:
        try:
            return socket.create_server((HOST, port), backlog=256)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)

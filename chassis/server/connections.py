"""A client's connection: read without waiting, written within a limit, and closed so that the last answer arrives."""

import contextlib
import math
import os
import socket
import time

from chassis.server.framing import Incoming
from chassis.server.outgoing import AT_ONCE, Outgoing

KEPT_SECONDS = 75.0
"""Longer than any client keeps an idle connection, so that no request meets a closing one."""
READING_SECONDS = 10.0
"""For a request to come in whole."""
WRITING_SECONDS = 10.0
"""Of a thread, for a part of what is too long to be kept."""
TAKING_SECONDS = 60.0
"""Of the client, for what waits to be taken."""
LINGER_SECONDS = 2.0
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Gone(Exception):
    """The client has closed, or we have given it up."""


class CutOff(Exception):
    """The client ended in the middle of a request."""


class Connection:
    def __init__(self, sock: socket.socket, client: tuple[str, int], server: tuple[str, int]) -> None:
        self.sock, self.client, self.server = sock, client, server
        self.fileno = sock.fileno()
        self.incoming, self.outgoing = Incoming(), Outgoing(sock)
        self.goes_on = True
        """When all is said."""
        self.is_known = False
        """The poller has seen it before."""
        self.until = time.monotonic() + READING_SECONDS
        """When it is dropped if nothing comes."""
        self._is_dropped = self._is_parting = False
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(WRITING_SECONDS)  # of sendall; reading here does not wait

    def next_request(self) -> bytes | None:
        """The next request, None while it is not whole. Raises Gone or CutOff."""
        try:
            heard = os.read(self.fileno, AT_ONCE)
        except BlockingIOError:
            return None
        except OSError as error:
            raise Gone from error
        if self._is_dropped or (not heard and (self._is_parting or not self.incoming)):
            raise Gone
        if not heard:
            raise CutOff
        return None if self._is_parting else self._take(heard)

    def _take(self, heard: bytes) -> bytes | None:
        if not self.incoming:
            self.until = time.monotonic() + READING_SECONDS
        self.incoming.add(heard)
        request = self.incoming.take()
        if request is None and self.incoming.expects_continue:
            self.incoming.expects_continue = False
            self.send_now(CONTINUE)
        return request

    def send_now(self, data: bytes) -> None:
        """All of it, without waiting. Raises Gone."""
        with contextlib.suppress(OSError):
            if os.write(self.fileno, data) == len(data):
                return
        raise Gone

    def say_the_rest_first(self, goes_on: bool) -> None:
        """Before the next request, or the end."""
        self.goes_on, self.until = goes_on, self.outgoing.late_since + TAKING_SECONDS

    def take_next(self) -> bytes | None:
        """After an answer: a request that came in behind the last one. None: wait for one."""
        self.until = time.monotonic() + (READING_SECONDS if self.incoming else KEPT_SECONDS)
        return self.incoming.take()

    def part(self) -> None:
        """Nothing more will be said; closing at once, with something unread, could cut the answer off (RFC 9112, 9.6)."""
        self._is_parting = True
        self.until = time.monotonic() + LINGER_SECONDS
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)

    def drop(self) -> None:
        """Whoever waits for it hears that, and closes it."""
        self._is_dropped, self.until = True, math.inf
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.sock.close()

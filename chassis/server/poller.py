"""All connections of a process, and the listeners: any number of threads may wait here for one that has something to say."""

import contextlib
import os
import resource
import select
import socket
import threading
import time
from collections.abc import Iterator, Sequence

from chassis.server.connections import Connection

MOST_CONNECTIONS = 2000
OTHER_FILES = 200
MOST_UNSAID = 64 * 1024 * 1024
"""Of all answers that clients are slow to take."""
HEARS, SAYS = select.EPOLLIN | select.EPOLLONESHOT, select.EPOLLOUT | select.EPOLLONESHOT
"""Whoever gets a connection has it alone until it is watched again."""
EXCLUSIVE = select.EPOLLIN | select.EPOLLEXCLUSIVE
"""Of the processes that wait for a new connection, the one that has waited for longest is woken."""


class Poller:
    def __init__(self, most: int = MOST_CONNECTIONS) -> None:
        self._epoll = select.epoll()
        self._listeners: dict[int, socket.socket] = {}
        self._turns = threading.Lock()
        self._watched: dict[int, Connection] = {}
        self.late: set[Connection] = set()
        """Those whose client is slow to take an answer, watched or in the hands of a thread."""
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._bell, select.EPOLLIN)
        self._most = _room_for(most)

    def __len__(self) -> int:
        """Connections that wait for their client."""
        return len(self._watched)

    @property
    def unsaid(self) -> int:
        """Bytes that wait for clients to take them."""
        return sum(len(connection.outgoing) for connection in self.late.copy())

    def accept_from(self, listeners: Sequence[socket.socket]) -> None:
        for listener in listeners:
            listener.setblocking(False)
            self._listeners[listener.fileno()] = listener
            self._epoll.register(listener, EXCLUSIVE)

    def accept_no_more(self) -> None:
        with self._turns:
            for listener in self._listeners.values():
                self._epoll.unregister(listener)
                listener.close()
            self._listeners.clear()

    def ready(self, patience: float, most: int) -> Iterator[Connection]:
        """Connections with something to read, or room for what is to be said, at least one if there is one within so many seconds;
        each for the caller alone."""
        for fileno, _ in self._epoll.poll(patience, most):
            if listener := self._listeners.get(fileno):
                yield from self._accept(listener, most)
            elif fileno == self._bell:
                self._silence()
            elif connection := self._watched.pop(fileno, None):
                yield connection

    def ring(self) -> None:
        """Have a thread that waits here look around."""
        os.eventfd_write(self._bell, 1)

    def _silence(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._bell)

    def watch(self, connection: Connection) -> None:
        self._watched[connection.fileno] = connection
        what_for = SAYS if connection.outgoing else HEARS
        if connection.is_known:
            self._epoll.modify(connection.fileno, what_for)
        else:
            connection.is_known = True
            self._epoll.register(connection.fileno, what_for)

    def drop_the_overdue(self) -> None:
        now = time.monotonic()
        for connection in self._watched.copy().values():
            if connection.until < now:
                connection.drop()

    def _accept(self, listener: socket.socket, most: int) -> Iterator[Connection]:
        for _ in range(most):
            if len(self._watched) >= self._most:
                min(self._watched.copy().values(), key=lambda connection: connection.until).drop()
            try:
                connection = Connection(*listener.accept(), listener.getsockname())
            except OSError:  # nobody is there any more: another process was faster, or the client has gone
                return
            self._let_others_accept(listener)
            yield connection

    def _let_others_accept(self, listener: socket.socket) -> None:
        """Go to the end of the queue of processes; else the first one would have them all while it has a free thread."""
        with self._turns:
            if listener.fileno() in self._listeners:
                self._epoll.unregister(listener)
                self._epoll.register(listener, EXCLUSIVE)


def _room_for(connections: int) -> int:
    """As many of them as the process may open files for, beside other files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OTHER_FILES
    if 0 <= soft < wanted:
        soft = wanted if hard < 0 else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(connections, soft - OTHER_FILES if soft >= 0 else connections))

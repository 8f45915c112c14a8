"""What is said to a client: what it does not take at once waits with the connection, and not in a thread."""

import math
import os
import socket
import time

AT_ONCE = 256 * 1024
MOST_UNSAID = 8 * 1024 * 1024
"""Of what goes on for longer, the thread that says it waits with it."""


class Outgoing:
    """Takes the pieces of an answer and sends them together: two packets would wake the client twice."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._late = b""
        self._pieces: list[bytes] = []
        self._size = 0
        self.late_since = math.inf
        """By time.monotonic()."""

    def __len__(self) -> int:
        """What the client has not taken yet."""
        return len(self._late)

    def sendall(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > AT_ONCE:
            self.flush()
        if len(self._late) > MOST_UNSAID:
            self._sock.sendall(self._late)
            self._late, self.late_since = b"", math.inf

    def flush(self) -> None:
        """As much as the client takes now, nearly always all of it. Raises OSError when it has gone."""
        whole = b"".join([self._late, *self._pieces]) if self._pieces else self._late
        self._pieces, self._size = [], 0
        try:
            sent = os.write(self._sock.fileno(), whole)
        except BlockingIOError:
            sent = 0
        self._late = whole[sent:]
        self.late_since = min(self.late_since, time.monotonic()) if self._late else math.inf

"""How far a long audit has come."""

import shutil
import time
from collections.abc import Callable
from typing import TextIO

Progress = Callable[[str, float | None], None]
"""Called with what is being looked at, and how much of it is done (0 to 1; None when nobody knows)."""

PATIENCE = 1.0
"""Seconds before there is a bar at all."""
EVERY = 0.1
WIDTH = 30


def silent(what: str, fraction: float | None) -> None:
    """For those who do not want to be told."""


class Bar:
    """On a terminal; elsewhere nothing is written."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._wanted = stream.isatty()
        self._next = time.monotonic() + PATIENCE
        self._shown = False

    def __call__(self, what: str, fraction: float | None) -> None:
        now = time.monotonic()
        if not self._wanted or now < self._next:
            return
        self._next, self._shown = now + EVERY, True
        self._write(f"\r\033[K{_line(what, fraction)}"[: shutil.get_terminal_size().columns + 3])

    def clear(self) -> None:
        if self._shown:
            self._write("\r\033[K")
        self._next, self._shown = time.monotonic() + PATIENCE, False

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def _line(what: str, fraction: float | None) -> str:
    if fraction is None:
        return what
    share = min(max(fraction, 0.0), 1.0)
    done = round(share * WIDTH)
    return f"[{'#' * done}{'.' * (WIDTH - done)}] {share:4.0%} {what}"

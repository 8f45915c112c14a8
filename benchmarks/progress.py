"""How far the benchmark has come, in a line on a terminal."""

import shutil
from typing import TextIO


class Progress:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._wanted = stream.isatty()

    def __call__(self, what: str, fraction: float | None = None) -> None:
        if self._wanted:
            share = "" if fraction is None else f"{fraction:4.0%} "
            self._write(f"\r\033[K{share}{what}"[: shutil.get_terminal_size().columns + 3])

    def clear(self) -> None:
        if self._wanted:
            self._write("\r\033[K")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

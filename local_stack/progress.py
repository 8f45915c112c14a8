"""A progress bar on a terminal; elsewhere nothing is written."""

from collections.abc import Callable
from typing import TextIO

from tqdm import tqdm

Progress = Callable[[str, float | None], None]
"""Called with a description and the completed fraction (0 to 1; None if unknown)."""

DELAY = 1.0
"""Seconds before the bar appears."""


def silent(what: str, fraction: float | None) -> None:
    """Shows nothing."""


class Bar:
    def __init__(self, stream: TextIO, *, delay: float = DELAY) -> None:
        form = "{percentage:4.0f}% |{bar:30}| {desc}"
        hidden = not stream.isatty()
        self._bar = tqdm(
            total=1.0,
            file=stream,
            disable=hidden,
            delay=delay,
            leave=False,
            miniters=0,
            bar_format=form,
        )

    def __call__(self, what: str, fraction: float | None = None) -> None:
        self._bar.set_description_str(what, refresh=False)
        if fraction is not None:
            self._bar.n = min(max(fraction, 0.0), 1.0)
        self._bar.update(0)

    def clear(self) -> None:
        self._bar.close()

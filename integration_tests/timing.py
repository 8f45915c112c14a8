"""Waiting for one thing, and doing many at once."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T | None], patience: float = 20.0, every: float = 0.05) -> T:
    """The first truthy value that `condition` has."""
    deadline = time.monotonic() + patience
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {patience} s: {value!r}"
        time.sleep(every)
    return value


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Each in a thread of its own, all let go at the same moment."""
    start = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))

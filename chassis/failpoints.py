"""Points at which a process can be made to die, so that anybody can prove that it may (`make chaos`).

    FAILPOINT="after reserve"      right after the step `reserve`, however it went, at every 5th time
    FAILPOINT="before save/2"      at every 2nd time

A process dies there as from SIGKILL: no handler runs, nothing is rolled back or said good-bye to. Each process counts for
itself, so there is progress between two deaths. Production refuses to start with FAILPOINT.
"""

import os
import re
import signal
import sys
from collections.abc import Callable
from functools import wraps
from itertools import count
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

STATUS = 86
DEFAULT_EVERY = 5
POINT = re.compile(r"(before|after) ([a-z ]+?)(?:/([1-9][0-9]{0,3}))?( stop)?")


def failpoint(name: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Mark a function as the step of this name. It comes back untouched unless FAILPOINT names it."""

    def mark(function: Callable[P, T]) -> Callable[P, T]:
        point = POINT.fullmatch(os.environ.get("FAILPOINT", ""))
        if point is None or point[2] != name:
            return function
        return _armed(function, point[1], int(point[3] or DEFAULT_EVERY), once=bool(point[4]))

    return mark


def _armed(function: Callable[P, T], when: str, every: int, once: bool) -> Callable[P, T]:
    times = count(1)
    end = stop if once else die

    @wraps(function)
    def mortal(*args: P.args, **kwargs: P.kwargs) -> T:
        time = next(times)
        due = time == every if once else time % every == 0
        if due and when == "before":
            end()
        try:
            return function(*args, **kwargs)
        finally:
            if due and when == "after":
                end()

    return mortal


def die() -> None:
    _tell()
    os._exit(STATUS)


def stop() -> None:
    _tell()
    os.kill(os.getpid(), signal.SIGSTOP)


def _tell() -> None:
    os.write(sys.stderr.fileno(), f"FAILPOINT {os.environ.get('FAILPOINT')}\n".encode())

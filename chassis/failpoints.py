"""Failpoints: functions at which a process crashes, for fault injection (`make chaos`).

    FAILPOINT="after reserve"        crash after every 5th call of `reserve`, also if it raises
    FAILPOINT="before save/2"        crash before every 2nd call
    FAILPOINT="before save/3 stop"   suspend the process (SIGSTOP) once, before the 3rd call

A crash is like SIGKILL: no handler runs and nothing is rolled back. Each process counts its own
calls, so that it makes progress between two crashes. Production rejects FAILPOINT at start.
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
    """Name a function as a failpoint. Free unless FAILPOINT names it."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        point = POINT.fullmatch(os.environ.get("FAILPOINT", ""))
        if point is None or point[2] != name:
            return function
        return _wrap(function, point[1], int(point[3] or DEFAULT_EVERY), once=bool(point[4]))

    return decorate


def _wrap(function: Callable[P, T], when: str, every: int, once: bool) -> Callable[P, T]:
    times = count(1)
    end = suspend if once else crash

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        time = next(times)
        due = time == every if once else time % every == 0
        if due and when == "before":
            end()
        try:
            return function(*args, **kwargs)
        finally:
            if due and when == "after":
                end()

    return wrapper


def crash() -> None:
    _report()
    os._exit(STATUS)


def suspend() -> None:
    _report()
    os.kill(os.getpid(), signal.SIGSTOP)


def _report() -> None:
    os.write(sys.stderr.fileno(), f"FAILPOINT {os.environ.get('FAILPOINT')}\n".encode())

"""Faults of processes. Each returns when it is mended, and says how often it struck."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from proof.load import Load
from proof.system import System

Fault = Callable[[System, Load], int]

BETWEEN = 5
"""Orders decided between two strokes."""


def kill(name: str, times: int = 2) -> Fault:
    """SIGKILL for a part with all of its processes; it is started again by itself."""

    def strike(system: System, load: Load) -> int:
        for _ in range(times):
            system.stack.kill(name)
            system.stack.wait_ready(name)
            load.wait_for_progress(BETWEEN)
        return times

    return strike


def kill_one(name: str, times: int = 3) -> Fault:
    """SIGKILL for one of a service's worker processes."""
    return _each_time(lambda system: _signal_one(system, name, signal.SIGKILL), times)


def terminate_one(name: str, times: int = 3) -> Fault:
    return _each_time(lambda system: _signal_one(system, name, signal.SIGTERM), times)


def terminate(name: str, away: float = 1.0) -> Fault:
    """SIGTERM, a while of nothing, and a start."""

    def strike(system: System, load: Load) -> int:
        system.stack.stop(name)
        time.sleep(away)
        system.stack.start(name)
        system.stack.wait_ready(name)
        return 1

    return strike


def freeze(name: str, seconds: float) -> Fault:
    """SIGSTOP for all processes of a part, then SIGCONT."""

    def strike(system: System, load: Load) -> int:
        system.stack.freeze(name)
        time.sleep(seconds)
        system.stack.resume(name)
        system.stack.wait_ready(name)
        return 1

    return strike


def freeze_one(name: str, seconds: float) -> Fault:
    def strike(system: System, load: Load) -> int:
        pid = system.workers(name)[0]
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)
        return 1

    return strike


def roll(*names: str) -> Fault:
    """Every service in turn gets new worker processes (SIGHUP to gunicorn), and the order worker is started anew."""

    def strike(system: System, load: Load) -> int:
        for name in names:
            old = set(system.workers(name))
            os.kill(system.stack.pids(name)[0], signal.SIGHUP)
            system.wait_for(partial(_all_new, system, name, old))
            load.wait_for_progress(BETWEEN)
        system.stack.stop("worker")
        system.stack.start("worker")
        return len(names) + 1

    return strike


def die_at_crash_points(name: str, times: int = 2, patience: float = 15.0) -> Fault:
    """The part has been started with CRASH_AT already; see that it is met."""

    def strike(system: System, load: Load) -> int:
        before = system.deaths(name)
        system.wait_for(lambda: system.deaths(name) >= before + times, patience)
        return system.deaths(name) - before

    return strike


def stop_at_crash_points(name: str, seconds: float, processes: int = 2) -> Fault:
    """The same for a point at which the part's processes stop, each once; afterwards they go on as if nothing had happened."""

    def strike(system: System, load: Load) -> int:
        before = system.deaths(name)
        system.wait_for(lambda: system.deaths(name) >= before + processes, 10)
        time.sleep(seconds)
        for _ in range(10):  # who stops only now is not kept so long
            system.stack.resume(name)
            time.sleep(0.2)
        return system.deaths(name) - before

    return strike


def abandon(times: int = 1) -> Fault:
    """The order service is killed in the middle of as many orders as there are buyers: work for the order worker."""

    def strike(system: System, load: Load) -> int:
        for _ in range(times):
            system.stack.freeze("inventory")
            time.sleep(0.5)
            system.stack.kill("order")
            system.stack.resume("inventory")
            system.stack.wait_ready("order")
        return times

    return strike


def then(first: Fault, second: Fault) -> Fault:
    """How often the second one struck is what counts."""

    def strike(system: System, load: Load) -> int:
        first(system, load)
        return second(system, load)

    return strike


def _all_new(system: System, name: str, old: set[int]) -> bool:
    return not old & set(system.workers(name))


def _each_time(stroke: Callable[[System], None], times: int) -> Fault:
    def strike(system: System, load: Load) -> int:
        for _ in range(times):
            stroke(system)
            load.wait_for_progress(BETWEEN)
        return times

    return strike


def _signal_one(system: System, name: str, number: signal.Signals) -> None:
    count = len(system.workers(name))
    with suppress(ProcessLookupError):
        os.kill(system.workers(name)[0], number)
    system.wait_for(lambda: len(system.workers(name)) >= count, 15)


def nothing(system: System, load: Load) -> int:
    """No fault at all."""
    return 1

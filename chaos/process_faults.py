"""Process faults. Each returns after the recovery, with the number of injections."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Concatenate, ParamSpec

from chaos.system_under_test import SystemUnderTest
from chaos.workload import Workload

P = ParamSpec("P")
Fault = Callable[[SystemUnderTest, Workload], int]
"""Injects a fault, returns after the recovery, with the number of injections."""

ORDERS_BETWEEN = 5
"""Orders decided between two injections."""


def fault(inject: Callable[Concatenate[SystemUnderTest, Workload, P], int]) -> Callable[P, Fault]:
    """Turns the function into a factory of faults: the call takes the other arguments."""

    def configured(*args: P.args, **kwargs: P.kwargs) -> Fault:
        return lambda system, workload: inject(system, workload, *args, **kwargs)

    return configured


@fault
def kill(system: SystemUnderTest, workload: Workload, name: str, times: int = 2) -> int:
    """SIGKILL for all processes of a part; the supervisor restarts it."""
    for _ in range(times):
        system.stack.kill(name)
        system.stack.wait_ready(name)
        workload.wait_for_orders(ORDERS_BETWEEN)
    return times


@fault
def signal_one(
    system: SystemUnderTest, workload: Workload, name: str, number: signal.Signals, times: int = 3
) -> int:
    """A signal to one of a service's worker processes; gunicorn replaces it."""
    for _ in range(times):
        workers = system.workers(name)
        with suppress(ProcessLookupError):
            os.kill(workers[0], number)
        system.wait_for(partial(_has_replaced, system, name, set(workers[:1]), len(workers)), 15)
        workload.wait_for_orders(ORDERS_BETWEEN)
    return times


@fault
def terminate(system: SystemUnderTest, workload: Workload, name: str, down: float = 1.0) -> int:
    """SIGTERM, and a start after some seconds."""
    system.stack.stop(name)
    time.sleep(down)
    system.stack.start(name)
    system.stack.wait_ready(name)
    return 1


@fault
def freeze(system: SystemUnderTest, workload: Workload, name: str, seconds: float) -> int:
    """SIGSTOP for all processes of a part, then SIGCONT."""
    system.stack.freeze(name)
    time.sleep(seconds)
    system.stack.resume(name)
    system.stack.wait_ready(name)
    return 1


@fault
def freeze_one(system: SystemUnderTest, workload: Workload, name: str, seconds: float) -> int:
    pid = system.workers(name)[0]
    os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(pid, signal.SIGCONT)
    return 1


@fault
def rolling_restart(system: SystemUnderTest, workload: Workload, *names: str) -> int:
    """SIGHUP to gunicorn replaces the workers of one service after the other; then the order worker
    is restarted.
    """
    for name in names:
        old = set(system.workers(name))
        os.kill(system.stack.pids(name)[0], signal.SIGHUP)
        system.wait_for(partial(_has_replaced, system, name, old))
        workload.wait_for_orders(ORDERS_BETWEEN)
    system.stack.stop("worker")
    system.stack.start("worker")
    return len(names) + 1


@fault
def crash_at_failpoint(
    system: SystemUnderTest, workload: Workload, name: str, times: int = 2, timeout: float = 15.0
) -> int:
    """Waits until the part, which runs with FAILPOINT, has crashed."""
    before = system.crashes(name)
    system.wait_for(lambda: system.crashes(name) >= before + times, timeout)
    return system.crashes(name) - before


@fault
def suspend_at_failpoint(
    system: SystemUnderTest, workload: Workload, name: str, seconds: float, processes: int = 2
) -> int:
    """Waits until the processes of the part have suspended themselves at the failpoint, then
    resumes them.
    """
    before = system.crashes(name)
    system.wait_for(lambda: system.crashes(name) >= before + processes, 10)
    time.sleep(seconds)
    for _ in range(10):  # processes that reach the failpoint only now
        system.stack.resume(name)
        time.sleep(0.2)
    return system.crashes(name) - before


@fault
def abandon_orders(system: SystemUnderTest, workload: Workload, times: int = 1) -> int:
    """Kills the order service while every buyer has an order in progress, which the order worker
    has to resolve.
    """
    for _ in range(times):
        system.stack.freeze("inventory")
        time.sleep(0.5)
        system.stack.kill("order")
        system.stack.resume("inventory")
        system.stack.wait_ready("order")
    return times


@fault
def sequence(system: SystemUnderTest, workload: Workload, first: Fault, second: Fault) -> int:
    """Returns the injections of the second fault."""
    first(system, workload)
    return second(system, workload)


def _has_replaced(system: SystemUnderTest, name: str, old: set[int], count: int = 1) -> bool:
    """Whether none of the old worker processes is left, and there are `count` others."""
    workers = set(system.workers(name))
    return not old & workers and len(workers) >= count


def no_fault(system: SystemUnderTest, workload: Workload) -> int:
    """No fault at all."""
    return 1

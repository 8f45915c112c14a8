"""Process faults. Each returns after the recovery, with the number of injections."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from chaos.system_under_test import SystemUnderTest
from chaos.workload import Workload

Fault = Callable[[SystemUnderTest, Workload], int]

ORDERS_BETWEEN = 5
"""Orders decided between two injections."""


def kill(name: str, times: int = 2) -> Fault:
    """SIGKILL for all processes of a part; the supervisor restarts it."""

    def inject(system: SystemUnderTest, workload: Workload) -> int:
        for _ in range(times):
            system.stack.kill(name)
            system.stack.wait_ready(name)
            workload.wait_for_orders(ORDERS_BETWEEN)
        return times

    return inject


def kill_one(name: str, times: int = 3) -> Fault:
    """SIGKILL for one of a service's worker processes."""
    return _each_time(lambda system: _signal_one(system, name, signal.SIGKILL), times)


def terminate_one(name: str, times: int = 3) -> Fault:
    return _each_time(lambda system: _signal_one(system, name, signal.SIGTERM), times)


def terminate(name: str, down: float = 1.0) -> Fault:
    """SIGTERM, and a start after some seconds."""

    def inject(system: SystemUnderTest, workload: Workload) -> int:
        system.stack.stop(name)
        time.sleep(down)
        system.stack.start(name)
        system.stack.wait_ready(name)
        return 1

    return inject


def freeze(name: str, seconds: float) -> Fault:
    """SIGSTOP for all processes of a part, then SIGCONT."""

    def inject(system: SystemUnderTest, workload: Workload) -> int:
        system.stack.freeze(name)
        time.sleep(seconds)
        system.stack.resume(name)
        system.stack.wait_ready(name)
        return 1

    return inject


def freeze_one(name: str, seconds: float) -> Fault:
    def inject(system: SystemUnderTest, workload: Workload) -> int:
        pid = system.workers(name)[0]
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)
        return 1

    return inject


def rolling_restart(*names: str) -> Fault:
    """SIGHUP to gunicorn replaces the workers of one service after the other; then the order worker is restarted."""

    def inject(system: SystemUnderTest, workload: Workload) -> int:
        for name in names:
            old = set(system.workers(name))
            os.kill(system.stack.pids(name)[0], signal.SIGHUP)
            system.wait_for(partial(_all_new, system, name, old))
            workload.wait_for_orders(ORDERS_BETWEEN)
        system.stack.stop("worker")
        system.stack.start("worker")
        return len(names) + 1

    return inject


def crash_at_failpoint(name: str, times: int = 2, timeout: float = 15.0) -> Fault:
    """Waits until the part, which runs with CRASH_AT, has crashed."""

    def inject(system: SystemUnderTest, workload: Workload) -> int:
        before = system.crashes(name)
        system.wait_for(lambda: system.crashes(name) >= before + times, timeout)
        return system.crashes(name) - before

    return inject


def suspend_at_failpoint(name: str, seconds: float, processes: int = 2) -> Fault:
    """Waits until the processes of the part have suspended themselves at the failpoint, then resumes them."""

    def inject(system: SystemUnderTest, workload: Workload) -> int:
        before = system.crashes(name)
        system.wait_for(lambda: system.crashes(name) >= before + processes, 10)
        time.sleep(seconds)
        for _ in range(10):  # processes that reach the failpoint only now
            system.stack.resume(name)
            time.sleep(0.2)
        return system.crashes(name) - before

    return inject


def abandon_orders(times: int = 1) -> Fault:
    """Kills the order service while every buyer has an order in progress, which the order worker has to resolve."""

    def inject(system: SystemUnderTest, workload: Workload) -> int:
        for _ in range(times):
            system.stack.freeze("inventory")
            time.sleep(0.5)
            system.stack.kill("order")
            system.stack.resume("inventory")
            system.stack.wait_ready("order")
        return times

    return inject


def sequence(first: Fault, second: Fault) -> Fault:
    """Returns the injections of the second fault."""

    def inject(system: SystemUnderTest, workload: Workload) -> int:
        first(system, workload)
        return second(system, workload)

    return inject


def _all_new(system: SystemUnderTest, name: str, old: set[int]) -> bool:
    return not old & set(system.workers(name))


def _each_time(action: Callable[[SystemUnderTest], None], times: int) -> Fault:
    def inject(system: SystemUnderTest, workload: Workload) -> int:
        for _ in range(times):
            action(system)
            workload.wait_for_orders(ORDERS_BETWEEN)
        return times

    return inject


def _signal_one(system: SystemUnderTest, name: str, number: signal.Signals) -> None:
    count = len(system.workers(name))
    with suppress(ProcessLookupError):
        os.kill(system.workers(name)[0], number)
    system.wait_for(lambda: len(system.workers(name)) >= count, 15)


def no_fault(system: SystemUnderTest, workload: Workload) -> int:
    """No fault at all."""
    return 1

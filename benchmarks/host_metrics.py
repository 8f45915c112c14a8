"""CPU time and memory of processes and of the host, from /proc."""

import os
import platform
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from local_stack import procfs

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


class Reading(NamedTuple):
    moment: float
    used: float
    """Processor seconds of the measured processes."""
    busy: float
    """Processor seconds of the whole machine."""


class Meter:
    """CPU time between `begin` and `end` of some processes and all their descendants."""

    def __init__(self, leaders: Iterable[int]) -> None:
        self._leaders = tuple(leaders)
        self._first = self._last = Reading(0.0, 0.0, 0.0)

    def begin(self) -> None:
        self._first = self._read()

    def end(self) -> None:
        self._last = self._read()

    @property
    def used(self) -> float:
        return self._last.used - self._first.used

    @property
    def seconds(self) -> float:
        return self._last.moment - self._first.moment

    def other_load(self, generator: float) -> float:
        """The share of the host's CPU time that other processes used.

        `generator` is the CPU share of the load generator.
        """
        if not self.seconds:
            return 0.0
        others = (self._last.busy - self._first.busy - self.used) / self.seconds - generator
        return max(0.0, others / (os.cpu_count() or 1))

    def _read(self) -> Reading:
        family = [entry.pid for entry in procfs.members(*self._leaders)] if self._leaders else []
        return Reading(time.monotonic(), processor_seconds(family), machine_seconds())


def processor_seconds(pids: Iterable[int]) -> float:
    """Of processes and their reaped children."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):  # it has exited; its parent now accounts for its time
            fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / TICKS


def machine_seconds() -> float:
    """Of all processes, including time stolen by the hypervisor, without interrupts."""
    with (PROC / "stat").open() as file:
        user, nice, system, _idle, _waiting, _irq, _softirq, steal = map(
            int, file.readline().split()[1:9]
        )
    return (user + nice + system + steal) / TICKS


def proportional_megabytes(pids: Iterable[int]) -> float:
    """The sum of PSS, which counts shared memory once."""
    kilobytes = 0
    for pid in pids:
        with suppress(OSError):
            for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    kilobytes += int(line.split()[1])
    return kilobytes / 1024


def description() -> dict[str, Any]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory),
        "processor": _processor(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    with suppress(OSError):
        for line in (PROC / "cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()

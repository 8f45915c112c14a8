"""What processes have used of the machine, from /proc."""

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
    """Processor seconds of the processes that are looked at."""
    busy: float
    """Processor seconds of the whole machine."""


class Meter:
    """Between `begin` and `end`: of the programs led by some processes, with all that they start."""

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

    def elsewhere(self, generator: float) -> float:
        """The share of the machine that had other things to do. `generator`: processor seconds a second of the load generator."""
        if not self.seconds:
            return 0.0
        others = (self._last.busy - self._first.busy - self.used) / self.seconds - generator
        return max(0.0, others / (os.cpu_count() or 1))

    def _read(self) -> Reading:
        family = [entry.pid for entry in procfs.members(*self._leaders)] if self._leaders else []
        return Reading(time.monotonic(), processor_seconds(family), machine_seconds())


def processor_seconds(pids: Iterable[int]) -> float:
    """Of processes, and of those children of theirs that have ended and been waited for."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):  # it has ended, and its parent has its time by now
            fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / TICKS


def machine_seconds() -> float:
    """Of everybody, and what the machine below this one took for itself; without interrupts, which belong to nobody."""
    with (PROC / "stat").open() as file:
        user, nice, system, _idle, _waiting, _irq, _softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + steal) / TICKS


def proportional_megabytes(pids: Iterable[int]) -> float:
    """The sum of PSS: what processes share counts once."""
    kilobytes = 0
    for pid in pids:
        with suppress(OSError):
            for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    kilobytes += int(line.split()[1])
    return kilobytes / 1024


def description() -> dict[str, Any]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"cores": os.cpu_count(), "memory_gib": round(memory), "processor": _processor(), "python": platform.python_version()}


def _processor() -> str:
    with suppress(OSError):
        for line in (PROC / "cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()

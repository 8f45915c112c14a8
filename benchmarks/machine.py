"""What processes have used of the machine, from /proc."""

import os
import platform
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


class Reading(NamedTuple):
    moment: float
    used: float
    """Processor seconds of the processes that are looked at."""
    busy: float
    """Processor seconds of the whole machine."""


class Meter:
    """Between `begin` and `end`."""

    def __init__(self, pids: Callable[[], Iterable[int]]) -> None:
        self._pids = pids
        self._first = self._last = Reading(0.0, 0.0, 0.0)

    def begin(self) -> None:
        self._first = self._read()

    def end(self) -> None:
        self._last = self._read()

    @property
    def used(self) -> float:
        return self._last.used - self._first.used

    def elsewhere(self, generator: float) -> float:
        """The share of the machine that had other things to do."""
        seconds = (self._last.moment - self._first.moment) * (os.cpu_count() or 1)
        return max(0.0, (self._last.busy - self._first.busy - self.used - generator) / seconds) if seconds else 0.0

    def _read(self) -> Reading:
        return Reading(time.monotonic(), processor_seconds(self._pids()), machine_seconds())


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

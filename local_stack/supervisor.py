"""Starts processes, restarts them when they exit, and stops them all."""

import contextlib
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from local_stack.errors import StackError, StoppedWhileStartingError
from local_stack.processes import Command, ManagedProcess

TICK = 0.05
FIRST_DELAY = 0.2
MAX_DELAY = 3.0
HEALTHY_AFTER = 10.0
"""A process that has run for so long is healthy: its next exit is counted from 1 again."""


@dataclass(frozen=True)
class ProcessExit:
    name: str
    status: int
    seconds: float
    """Uptime."""
    consecutive: int
    """Exits in a row without a healthy run in between."""
    restart_in: float = 0.0
    reason: str = ""


@dataclass
class Entry:
    name: str
    command: Callable[[], Command]
    restart: bool
    desired: bool = True
    running: ManagedProcess | None = None
    started: float = 0.0
    due: float = 0.0
    exit: ProcessExit | None = None


class Supervisor:
    """One thread starts all processes: Linux sends the death signal when the thread that started a
    process exits.
    """

    def __init__(self, report: Callable[[ProcessExit], None] | None = None) -> None:
        self._report = report or (lambda _: None)
        self._entries: dict[str, Entry] = {}
        self._changed = threading.Condition()
        self._shutting_down = self._closing = False
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self, name: str, command: Callable[[], Command] | None = None) -> None:
        """Start and keep running.

        `command` is called at each start; without it, the previous one is used.
        """
        self._add(name, command, restart=True)
        self._wait_until(lambda entry: entry.running or entry.exit, name)

    def run(self, name: str, command: Callable[[], Command]) -> ProcessExit:
        """Run once and wait for the exit."""
        self._add(name, command, restart=False)
        return self._wait_until(lambda entry: entry.exit, name).exit or ProcessExit(name, 1, 0.0, 1)

    def stop(self, *names: str, grace: float, forced: Callable[[], bool] = lambda: False) -> None:
        """Request all to stop, and kill those that still run after `grace` seconds.

        They stay down.
        """
        with self._changed:
            entries = [self._entries[name] for name in names if name in self._entries]
            for entry in entries:
                entry.desired = False
                if entry.running:
                    entry.running.request_stop()
        deadline = time.monotonic() + grace
        while self._any_running(entries) and time.monotonic() < deadline and not forced():
            time.sleep(TICK)
        self._kill(entries)
        while self._any_running(entries):
            time.sleep(TICK)

    def kill(self, name: str, *, stay_down: bool = False) -> None:
        with self._changed:
            entry = self._entry(name)
            entry.desired = not stay_down
            killed = entry.running
        self._kill([entry])
        while entry.running is killed is not None:
            time.sleep(TICK)

    def freeze(self, name: str) -> None:
        if running := self._entry(name).running:
            running.freeze()

    def resume(self, name: str) -> None:
        if running := self._entry(name).running:
            running.resume()

    def pids(self, name: str) -> list[int]:
        running = self._entry(name).running
        return running.pids() if running and not running.ended() else []

    def is_running(self, name: str) -> bool:
        entry = self._entries.get(name)
        return bool(entry and entry.running and not entry.running.ended())

    def last_exit(self, name: str) -> ProcessExit | None:
        """Its last unrequested exit since it was last started."""
        return self._entry(name).exit

    def names(self) -> list[str]:
        return list(self._entries)

    def begin_shutdown(self) -> None:
        """From now on `start` and waiting for a start raise StoppedWhileStartingError."""
        self._shutting_down = True

    def check_open(self, name: str) -> None:
        if self._shutting_down:
            raise StoppedWhileStartingError(f"{name} was not started: everything is being stopped.")

    @property
    def closed(self) -> bool:
        return self._closing

    def close(self) -> None:
        self._shutting_down = self._closing = True
        if self._thread.ident:
            self._thread.join()

    def _entry(self, name: str) -> Entry:
        try:
            return self._entries[name]
        except KeyError:
            raise StackError(
                f"There is no process named {name!r}; there are: {', '.join(self._entries)}."
            ) from None

    def _add(self, name: str, command: Callable[[], Command] | None, restart: bool) -> None:
        with self._changed:
            self.check_open(name)
            entry = self._entries.get(name)
            if entry and entry.running:
                entry.desired = True
                return
            self._entries[name] = Entry(name, command or self._entry(name).command, restart)
            if not self._thread.ident:
                self._thread.start()
            self._changed.notify_all()

    def _wait_until(self, condition: Callable[[Entry], object], name: str) -> Entry:
        with self._changed:
            while not condition(entry := self._entries[name]):
                self.check_open(name)
                self._changed.wait(TICK)
        return entry

    def _any_running(self, entries: list[Entry]) -> bool:
        return any(entry.running for entry in entries)

    def _kill(self, entries: list[Entry]) -> None:
        for entry in entries:
            if running := entry.running:
                running.send(signal.SIGKILL)

    def _watch(self) -> None:
        while not self._closing:
            with self._changed:
                for entry in list(self._entries.values()):
                    self._reconcile(entry)
                self._changed.wait(TICK)
        for entry in self._entries.values():
            with contextlib.suppress(ProcessLookupError):
                if entry.running:
                    entry.running.send(signal.SIGKILL)
                    entry.running.reap()

    def _reconcile(self, entry: Entry) -> None:
        if entry.running and entry.running.ended():
            status = entry.running.reap()
            entry.running = None
            self._record_exit(entry, status)
        if entry.desired and not entry.running and time.monotonic() >= entry.due:
            self._spawn(entry)

    def _spawn(self, entry: Entry) -> None:
        entry.started = time.monotonic()
        try:
            entry.running = ManagedProcess(entry.command())
        except (OSError, StackError) as error:
            self._record_exit(entry, 1, str(error))
        self._changed.notify_all()

    def _record_exit(self, entry: Entry, status: int, reason: str = "") -> None:
        now = time.monotonic()
        ran = now - entry.started
        count = entry.exit.consecutive + 1 if entry.exit and ran < HEALTHY_AFTER else 1
        delay = min(FIRST_DELAY * 2 ** min(count - 1, 10), MAX_DELAY)
        if entry.desired:
            entry.exit = ProcessExit(entry.name, status, ran, count, delay, reason)
            entry.due, entry.desired = now + delay, entry.restart
        if entry.desired:
            self._report(entry.exit or ProcessExit(entry.name, status, ran, count))
        self._changed.notify_all()

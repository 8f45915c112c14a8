"""Starts processes, keeps them running, and ends them all."""

import contextlib
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from local_stack.errors import StackError, StoppedWhileStartingError
from local_stack.processes import Command, Running

TICK = 0.05
FIRST_DELAY = 0.2
LONGEST_DELAY = 3.0
STEADY = 10.0
"""After running so long a process counts as healthy, and its next death as a first one."""


@dataclass(frozen=True)
class Death:
    name: str
    status: int
    seconds: float
    """How long it had run."""
    in_a_row: int
    """Which death it is since the last steady run."""
    again_in: float = 0.0
    reason: str = ""


@dataclass
class Entry:
    name: str
    command: Callable[[], Command]
    lasts: bool
    wanted: bool = True
    running: Running | None = None
    started: float = 0.0
    due: float = 0.0
    death: Death | None = None


class Supervisor:
    """All processes are started by its one thread: Linux ends a process together with the thread that started it."""

    def __init__(self, report: Callable[[Death], None] | None = None) -> None:
        self._report = report or (lambda _: None)
        self._entries: dict[str, Entry] = {}
        self._changed = threading.Condition()
        self._refusing = self._closing = False
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self, name: str, command: Callable[[], Command] | None = None) -> None:
        """Start, and from then on keep running. `command` is asked anew at each start; without it, the one given before."""
        self._begin(name, command, lasts=True)
        self._wait_until(lambda entry: entry.running or entry.death, name)

    def run(self, name: str, command: Callable[[], Command]) -> Death:
        """Run once, to its end."""
        self._begin(name, command, lasts=False)
        return self._wait_until(lambda entry: entry.death, name).death or Death(name, 1, 0.0, 1)

    def stop(self, *names: str, grace: float, hurried: Callable[[], bool] = lambda: False) -> None:
        """Ask to end, all at once; kill what still runs when `grace` seconds are over. They stay down."""
        with self._changed:
            entries = [self._entries[name] for name in names if name in self._entries]
            for entry in entries:
                entry.wanted = False
                if entry.running:
                    entry.running.ask_to_stop()
        deadline = time.monotonic() + grace
        while self._some_run(entries) and time.monotonic() < deadline and not hurried():
            time.sleep(TICK)
        self._kill(entries)
        while self._some_run(entries):
            time.sleep(TICK)

    def kill(self, name: str, *, stay_down: bool = False) -> None:
        with self._changed:
            entry = self._entry(name)
            entry.wanted = not stay_down
            killed = entry.running
        self._kill([entry])
        while entry.running is killed is not None:
            time.sleep(TICK)

    def freeze(self, name: str) -> None:
        if running := self._entry(name).running:
            running.freeze()

    def thaw(self, name: str) -> None:
        if running := self._entry(name).running:
            running.thaw()

    def pids(self, name: str) -> list[int]:
        running = self._entry(name).running
        return running.pids() if running and not running.ended() else []

    def is_running(self, name: str) -> bool:
        entry = self._entries.get(name)
        return bool(entry and entry.running and not entry.running.ended())

    def last_death(self, name: str) -> Death | None:
        """How it last ended by itself since it was last asked for."""
        return self._entry(name).death

    def names(self) -> list[str]:
        return list(self._entries)

    def refuse_more(self) -> None:
        """From now on whoever wants something started, or waits for it, gets StoppedWhileStartingError."""
        self._refusing = True

    def check_open(self, name: str) -> None:
        if self._refusing:
            raise StoppedWhileStartingError(f"{name} was not started: everything is being stopped.")

    @property
    def closed(self) -> bool:
        return self._closing

    def close(self) -> None:
        self._refusing = self._closing = True
        if self._thread.ident:
            self._thread.join()

    def _entry(self, name: str) -> Entry:
        try:
            return self._entries[name]
        except KeyError:
            raise StackError(f"There is no process named {name!r}; there are: {', '.join(self._entries)}.") from None

    def _begin(self, name: str, command: Callable[[], Command] | None, lasts: bool) -> None:
        with self._changed:
            self.check_open(name)
            entry = self._entries.get(name)
            if entry and entry.running:
                entry.wanted = True
                return
            self._entries[name] = Entry(name, command or self._entry(name).command, lasts)
            if not self._thread.ident:
                self._thread.start()
            self._changed.notify_all()

    def _wait_until(self, condition: Callable[[Entry], object], name: str) -> Entry:
        with self._changed:
            while not condition(entry := self._entries[name]):
                self.check_open(name)
                self._changed.wait(TICK)
        return entry

    def _some_run(self, entries: list[Entry]) -> bool:
        return any(entry.running for entry in entries)

    def _kill(self, entries: list[Entry]) -> None:
        for entry in entries:
            if running := entry.running:
                running.send(signal.SIGKILL)

    def _watch(self) -> None:
        while not self._closing:
            with self._changed:
                for entry in list(self._entries.values()):
                    self._attend(entry)
                self._changed.wait(TICK)
        for entry in self._entries.values():
            with contextlib.suppress(ProcessLookupError):
                if entry.running:
                    entry.running.send(signal.SIGKILL)
                    entry.running.bury()

    def _attend(self, entry: Entry) -> None:
        if entry.running and entry.running.ended():
            status = entry.running.bury()
            entry.running = None
            self._note_end(entry, status)
        if entry.wanted and not entry.running and time.monotonic() >= entry.due:
            self._spawn(entry)

    def _spawn(self, entry: Entry) -> None:
        entry.started = time.monotonic()
        try:
            entry.running = Running(entry.command())
        except (OSError, StackError) as error:
            self._note_end(entry, 1, str(error))
        self._changed.notify_all()

    def _note_end(self, entry: Entry, status: int, reason: str = "") -> None:
        now = time.monotonic()
        ran = now - entry.started
        row = entry.death.in_a_row + 1 if entry.death and ran < STEADY else 1
        delay = min(FIRST_DELAY * 2 ** min(row - 1, 10), LONGEST_DELAY)
        if entry.wanted:
            entry.death = Death(entry.name, status, ran, row, delay, reason)
            entry.due, entry.wanted = now + delay, entry.lasts
        if entry.wanted:
            self._report(entry.death or Death(entry.name, status, ran, row))
        self._changed.notify_all()

"""One started program with everything that it starts itself."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from local_stack import process_table
from local_stack.accounts import Account

CHILD = Path(__file__).with_name("child.py")
SETTLING = 0.005
"""Seconds until a signal has had its effect, as a rule."""


@dataclass(frozen=True)
class Command:
    argv: list[str]
    cwd: Path
    environment: dict[str, str]
    log: Path
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM


class Running:
    """A process group. To be started from a thread that lives as long as it should: to Linux that thread is its parent."""

    def __init__(self, command: Command) -> None:
        self._stop_signal = command.stop_signal
        account = f"{command.account.uid}:{command.account.gid}" if command.account else "-"
        prefix = [sys.executable, "-I", "-S", str(CHILD), str(os.getpid()), str(int(command.stop_signal)), account]
        with command.log.open("ab") as log:
            self._popen = subprocess.Popen(
                [*prefix, *command.argv],
                cwd=command.cwd,
                env=command.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        self.pid = self._popen.pid
        self._buried = False

    def ended(self) -> bool:
        """Whether the leader is gone. It stays a zombie, so that nobody else can be given the group's number."""
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:  # buried by another thread
            return True

    def bury(self) -> int:
        """After the leader's end: end what is left of its group, which would hold its port. Returns the exit status."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._buried = True  # from here on its number may be anybody's
        return self._popen.wait()

    def pids(self) -> list[int]:
        return [entry.pid for entry in self._members()]

    def send(self, number: signal.Signals) -> None:
        """To the leader first, so that it does not answer what happens to the others."""
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)

    def freeze(self) -> None:
        """Returns when nobody moves any more, including those who were just being born."""
        while moving := [entry.pid for entry in self._members() if not entry.stopped]:
            for pid in moving:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
            time.sleep(SETTLING)

    def thaw(self) -> None:
        self.send(signal.SIGCONT)

    def _members(self) -> list[process_table.Entry]:
        return [] if self._buried else process_table.members(self.pid)

    def ask_to_stop(self) -> None:
        if not self._buried:
            os.kill(self.pid, self._stop_signal)
            self.thaw()

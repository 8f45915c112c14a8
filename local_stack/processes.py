"""A started program with all its child processes."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from local_stack import procfs
from local_stack.os_user import OSUser

EXEC_WRAPPER = Path(__file__).with_name("exec_wrapper.py")
POLL_INTERVAL = 0.005


@dataclass(frozen=True)
class Command:
    argv: list[str]
    cwd: Path
    environment: dict[str, str]
    log: Path
    account: OSUser | None = None
    stop_signal: signal.Signals = signal.SIGTERM


class ManagedProcess:
    """A process group.

    Start it from a long-lived thread: Linux sends the death signal when that thread exits.
    """

    def __init__(self, command: Command) -> None:
        self._stop_signal = command.stop_signal
        account = f"{command.account.uid}:{command.account.gid}" if command.account else "-"
        prefix = [
            sys.executable,
            "-I",
            "-S",
            str(EXEC_WRAPPER),
            str(os.getpid()),
            str(int(command.stop_signal)),
            account,
        ]
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
        self._reaped = False

    def ended(self) -> bool:
        """Whether the leader has exited. It stays a zombie, so that its pid is not reused."""
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:  # reaped by another thread
            return True

    def reap(self) -> int:
        """After the leader has exited: kill the rest of its group, which would hold its port.

        Returns the exit status.
        """
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._reaped = True  # from here on the pid may be reused
        return self._popen.wait()

    def pids(self) -> list[int]:
        return [entry.pid for entry in self._members()]

    def send(self, number: signal.Signals) -> None:
        """To the leader first, so that it does not react to the signals of its children."""
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)

    def freeze(self) -> None:
        """Returns when every process is stopped, including those that were just being forked."""
        while moving := [entry.pid for entry in self._members() if not entry.stopped]:
            for pid in moving:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
            time.sleep(POLL_INTERVAL)

    def resume(self) -> None:
        self.send(signal.SIGCONT)

    def _members(self) -> list[procfs.Entry]:
        return [] if self._reaped else procfs.members(self.pid)

    def request_stop(self) -> None:
        if not self._reaped:
            os.kill(self.pid, self._stop_signal)
            self.resume()

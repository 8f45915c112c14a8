"""Messages about processes that have exited."""

import signal
from pathlib import Path

from local_stack.supervisor import ProcessExit

START_PHASE = 5.0
"""An exit within so many seconds is a failed start, whose cause is in the last lines of the log."""
MAX_FULL_REPORTS = 2
"""Failed starts in a row that are reported with log lines; later ones are one line."""


def describe_exit(exited: ProcessExit, log: Path) -> str:
    line = (
        f"{exited.name} {_how(exited.status)}; starting it again in {exited.restart_in:.1f} s. "
        f"Log: {log}"
    )
    if exited.reason:
        return f"{line}\n  {exited.reason}"
    if (
        exited.seconds < START_PHASE
        and exited.status > 0
        and exited.consecutive <= MAX_FULL_REPORTS
    ):
        return f"{line}\n{last_lines(log)}"
    return line


def describe_failed_start(exited: ProcessExit, log: Path) -> str:
    cause = f"  {exited.reason}" if exited.reason else last_lines(log)
    return f"{exited.name} {_how(exited.status)} while starting. Log: {log}\n{cause}".rstrip()


def last_lines(log: Path, count: int = 10) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 10_000))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(f"  {line}" for line in lines[-count:])


def _how(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"

"""What the person at the terminal is told."""

import signal
from pathlib import Path

from local_stack.supervisor import Death

AT_START = 5.0
"""Seconds within which a death counts as a failed start, whose cause is in the log's last lines."""
TOLD_IN_FULL = 2
"""So many failed starts in a row; after that a line has to do."""


def describe_death(death: Death, log: Path) -> str:
    line = f"{death.name} {_how(death.status)}; starting it again in {death.again_in:.1f} s. Log: {log}"
    if death.reason:
        return f"{line}\n  {death.reason}"
    if death.seconds < AT_START and death.status > 0 and death.in_a_row <= TOLD_IN_FULL:
        return f"{line}\n{last_lines(log)}"
    return line


def describe_failed_start(death: Death, log: Path) -> str:
    cause = f"  {death.reason}" if death.reason else last_lines(log)
    return f"{death.name} {_how(death.status)} while starting. Log: {log}\n{cause}".rstrip()


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

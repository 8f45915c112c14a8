"""Which processes there are, and who belongs to whom."""

import os
import subprocess
from pathlib import Path
from typing import NamedTuple


class Entry(NamedTuple):
    pid: int
    parent: int
    group: int
    stopped: bool


def members(*leaders: int) -> list[Entry]:
    """The leaders, their groups and everybody descended from them; PostgreSQL's processes, for one, leave its group."""
    entries = _entries()
    family = {entry.pid for entry in entries if entry.pid in leaders or entry.group in leaders}
    while more := {entry.pid for entry in entries if entry.parent in family} - family:
        family |= more
    return sorted((entry for entry in entries if entry.pid in family), key=lambda entry: (entry.pid not in leaders, entry.pid))


def _entries() -> list[Entry]:
    return _from_proc() if Path("/proc/self/stat").exists() else _from_ps()


def _from_proc() -> list[Entry]:
    entries = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                # "pid (name) state parent group …", and the name may hold spaces and brackets
                state, parent, group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
            except OSError:  # it has ended in the meantime
                continue
            if state not in "ZX":
                entries.append(Entry(int(folder.name), int(parent), int(group), state == "T"))
    return entries


def _from_ps() -> list[Entry]:
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,pgid=,stat="], capture_output=True, text=True, check=True)
    rows = [line.split() for line in listing.stdout.splitlines()]
    return [Entry(int(pid), int(parent), int(group), state[0] == "T") for pid, parent, group, state in rows if state[0] != "Z"]


def works_in(pid: int, folder: Path) -> bool:
    """Whether a process is at work in a folder. Where that cannot be seen (no /proc): whether it is alive at all."""
    try:
        if Path("/proc/self/cwd").exists():
            return Path(f"/proc/{pid}/cwd").readlink() == folder
        os.kill(pid, 0)
    except (ProcessLookupError, FileNotFoundError):
        return False
    return True

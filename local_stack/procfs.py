"""The process table: pids, parents, process groups."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

LISTEN = "0A"


class Entry(NamedTuple):
    pid: int
    parent: int
    group: int
    stopped: bool


def members(*leaders: int) -> list[Entry]:
    """The leaders, their process groups and all descendants. (PostgreSQL's processes leave its
    group.)
    """
    entries = all_processes()
    family = {entry.pid for entry in entries if entry.pid in leaders or entry.group in leaders}
    while more := {entry.pid for entry in entries if entry.parent in family} - family:
        family |= more
    return sorted(
        (entry for entry in entries if entry.pid in family),
        key=lambda entry: (entry.pid not in leaders, entry.pid),
    )


def all_processes() -> list[Entry]:
    return _from_proc() if Path("/proc/self/stat").exists() else _from_ps()


def _from_proc() -> list[Entry]:
    entries = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                # "pid (name) state parent group …", and the name may hold spaces and brackets
                state, parent, group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
            except OSError:  # it has just exited
                continue
            if state not in "ZX":
                entries.append(Entry(int(folder.name), int(parent), int(group), state == "T"))
    return entries


def _from_ps() -> list[Entry]:
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,pgid=,stat="], capture_output=True, text=True, check=True
    )
    rows = [line.split() for line in listing.stdout.splitlines()]
    return [
        Entry(int(pid), int(parent), int(group), state[0] == "T")
        for pid, parent, group, state in rows
        if state[0] != "Z"
    ]


def has_cwd(pid: int, folder: Path) -> bool:
    """Whether a process has this working directory. Without /proc: whether it is alive at all."""
    try:
        if Path("/proc/self/cwd").exists():
            return Path(f"/proc/{pid}/cwd").readlink() == folder
        os.kill(pid, 0)
    except (ProcessLookupError, FileNotFoundError):
        return False
    return True


def listening_pids(port: int) -> set[int]:
    """The processes that hold the socket listening on a TCP port: a server's master and its
    workers.
    """
    sockets = _sockets(port)
    folders = (folder for folder in Path("/proc").iterdir() if folder.name.isdecimal())
    return {int(folder.name) for folder in folders if sockets & _links(folder / "fd")}


def name(pid: int) -> str:
    """The program's file name, truncated to 15 characters."""
    with suppress(OSError):
        return (Path("/proc") / str(pid) / "comm").read_text().strip()
    return ""


def _sockets(port: int) -> set[str]:
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    suffix = f":{port:04X}"
    return {f"socket:[{row[9]}]" for row in rows if row[1].endswith(suffix) and row[3] == LISTEN}


def _links(folder: Path) -> set[str]:
    found = set()
    with suppress(OSError):
        for link in folder.iterdir():
            with suppress(OSError):
                found.add(str(link.readlink()))
    return found

"""Which processes listen on a TCP port of the loopback interface, from /proc."""

from contextlib import suppress
from pathlib import Path

LISTEN = "0A"


def pids(port: int) -> set[int]:
    """All that hold the listening socket: a server's master and its workers."""
    sockets = _sockets(port)
    folders = (folder for folder in Path("/proc").iterdir() if folder.name.isdecimal())
    return {int(folder.name) for folder in folders if sockets & _links(folder / "fd")}


def name(pid: int) -> str:
    """The program's file name, cut after 15 characters."""
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

"""Other versions of the project: folders whose systems are started by their own `make up`."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests

from local_stack import StackError, procfs
from local_stack.crash_reports import last_lines
from local_stack.ports import Ports, free, variable
from local_stack.topology import HOST, REPOSITORY, SERVICES

START_TIMEOUT, STOP_TIMEOUT = 600.0, 20.0
"""Seconds. The first start of a checkout installs its packages."""
MAKE_VARIABLES = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES")


@dataclass(frozen=True)
class Checkout:
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    python: str = ""
    """The Python for the checkout's virtual environment; empty: the default of its Makefile."""


def folder_of(version: str) -> Path:
    """A folder as it is; the files of a revision are extracted and stored for later runs."""
    if Path(version).is_dir():
        return Path(version).resolve()
    commit = _git("rev-parse", "--verify", "--quiet", f"{version}^{{commit}}").decode().strip()
    folder = REPOSITORY / f".bench-base-{commit[:12]}"
    if not folder.is_dir():
        _extract(commit, folder)
    return folder


def _extract(commit: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=REPOSITORY) as draft:
        files = Path(draft) / "files"
        files.mkdir()
        archive = _git("archive", "--format=tar", commit)
        subprocess.run(["tar", "-x", "-C", str(files)], input=archive, check=True)
        files.rename(folder)


def _git(*arguments: str) -> bytes:
    command = ["git", "-C", str(REPOSITORY), *arguments]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise StackError(f"{' '.join(command)} failed: {done.stderr.decode().strip()}")
    return done.stdout


class RunningCheckout:
    """The processes of a started system, identified by their names and ports."""

    def __init__(self, ports: Ports, make: int) -> None:
        self.ports, self._make = ports, make

    def leaders(self) -> dict[str, list[int]]:
        """The parent process of each part: PostgreSQL, the services of an order with the worker,
        the rest.
        """
        parents = {entry.pid: entry.parent for entry in procfs.members(self._make)}
        order, product = (_ancestors(self.ports[name], parents) for name in ("order", "product"))
        launcher = next(pid for pid in order if pid in product)
        others = _ancestors(self.ports["user"], parents)
        found: dict[str, list[int]] = {"services": [], "postgres": [], "rest": []}
        for pid in (pid for pid, parent in parents.items() if parent == launcher):
            found[_kind(pid, others)].append(pid)
        return found


def _ancestors(port: int, parents: Mapping[int, int]) -> list[int]:
    """From a process that listens on the port up to `make`."""
    chain = [min(procfs.listening_pids(port))]
    while parents.get(chain[-1]) in parents:
        chain.append(parents[chain[-1]])
    return chain


def _kind(pid: int, user: list[int]) -> str:
    if procfs.name(pid) == "postgres":
        return "postgres"
    return "rest" if pid in user or procfs.name(pid) == "caddy" else "services"


@contextmanager
def running(checkout: Checkout) -> Iterator[RunningCheckout]:
    """On free ports.

    The data lies in the repository's folder, because /tmp may be in memory, where a commit costs
    nothing.
    """
    with tempfile.TemporaryDirectory(
        prefix=".bench-", dir=REPOSITORY, ignore_cleanup_errors=True
    ) as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's user must traverse it
        ports, log = free(), Path(folder) / "log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                ["make", "up", *([f"PYTHON={checkout.python}"] if checkout.python else [])],
                cwd=checkout.folder,
                env=_environment(checkout, ports, Path(folder) / "data"),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,
            )
        try:
            _wait_ready(process, ports, log)
            yield RunningCheckout(ports, process.pid)
        finally:
            _stop(process)


def _environment(checkout: Checkout, ports: Ports, data: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in MAKE_VARIABLES}
    own = {variable(name): str(port) for name, port in ports.items()} | {"SHOP_DATA": str(data)}
    return {**inherited, **own, **checkout.environment}


def _wait_ready(process: subprocess.Popen[bytes], ports: Ports, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not all(_is_ready(ports[name]) for name in SERVICES):
        if process.poll() is not None or time.monotonic() > deadline:
            raise StackError(f"make up has failed in the benchmark:\n{last_lines(log)}")
        time.sleep(0.2)


def _is_ready(port: int) -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"http://{HOST}:{port}/health/ready", timeout=2).status_code == 200
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()  # make forwards it, and waits
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

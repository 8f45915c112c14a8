"""`make up` as a person meets it: a process, its output, its end."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import stand_in

from local_stack import StackError, ports, process_table
from local_stack.catalogue import REPOSITORY
from local_stack.data_folder import DataFolder
from local_stack.postgres import Cluster

LAUNCH = """\
import os, sys
from pathlib import Path
from local_stack import StackError, up
try:
    up.run(os.environ, root=Path(sys.argv[1]))
except StackError as error:
    sys.exit(str(error))
"""


class Launcher:
    def __init__(self, root: Path, data: Path) -> None:
        self.root, self.data, self.ports = root, data, ports.free()
        self.greeting = ""
        self._processes: list[subprocess.Popen[str]] = []

    def begin(self, **variables: str) -> "subprocess.Popen[str]":
        chosen = {ports.variable(name): str(port) for name, port in self.ports.items()}
        process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, str(self.root)],
            cwd=REPOSITORY,
            env=os.environ | chosen | {"SHOP_DATA": str(self.data)} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._processes.append(process)
        return process

    def until_ready(self) -> "subprocess.Popen[str]":
        """The one that is there, or another."""
        if self._processes and self._processes[-1].poll() is None:
            return self._processes[-1]
        process = self.begin(ADMIN_EMAIL="boss@example.com")
        self.greeting = ""
        for line in iter(process.stdout.readline, ""):
            self.greeting += line
            if "Ctrl-C" in line:
                return process
        raise AssertionError(process.communicate())

    def end(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=15)
        shutil.rmtree(self.socket_folder, ignore_errors=True)  # a killed launcher's

    @property
    def socket_folder(self) -> Path:
        return Path("/tmp") / f"shop-{DataFolder(self.data).digest}"  # noqa: S108

    def ask_database(self, question: str, database: str = "postgres") -> list[tuple]:
        with Cluster(DataFolder(self.data)).session(database) as session, session.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchall()


@pytest.fixture(scope="module")
def lasting_data(used_data: Path, lasting_folder: Path) -> Path:
    return stand_in.copy_of(used_data, lasting_folder)


@pytest.fixture
def launcher(root: Path, lasting_data: Path) -> Iterator[Launcher]:
    """For starts that do not succeed."""
    made = Launcher(root, lasting_data)
    yield made
    made.end()


@pytest.fixture(scope="module")
def lasting(root: Path, lasting_folder: Path) -> Iterator[Launcher]:
    made = Launcher(root, lasting_folder / ("long" * 50) / "data")
    (half_made := made.data / "postgres/cluster.new").mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    yield made
    made.end()


@pytest.fixture
def up(lasting: Launcher) -> Launcher:
    """One that has come up. Whoever ends it has the next test start another, in the same folder and at the same ports."""
    lasting.until_ready()
    return lasting


def family_of(process: "subprocess.Popen[str]") -> set[int]:
    return {entry.pid for entry in process_table.members(process.pid)} - {process.pid}


def alive(pids: set[int]) -> set[int]:
    return pids & {entry.pid for entry in process_table._entries()}


def left_of(launcher: Launcher) -> set[int]:
    """Every process of a launcher has its environment, whoever its parent is by now."""
    mark = f"SHOP_DATA={launcher.data}".encode()
    return {entry.pid for entry in process_table._entries() if mark in environment_of(entry.pid)}


def environment_of(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:  # ended, or somebody else's
        return []


def wait_until_gone(pids: set[int], chosen: ports.Ports) -> None:
    """The ports as well: workers may have been born after the family was counted."""
    end = time.monotonic() + 10
    while (left := alive(pids)) or (taken := taken_ports(chosen)):
        assert time.monotonic() < end, f"still there: {left or taken}"
        time.sleep(0.05)


def taken_ports(chosen: ports.Ports) -> str:
    try:
        ports.check_free(chosen)
    except StackError as error:
        return str(error)
    return ""


def test_the_table_names_every_address_and_the_login(up):
    for name in ("user", "product", "inventory", "order"):
        assert f"http://localhost:{up.ports[name]}/swagger/" in up.greeting
    assert f"http://localhost:{up.ports['gateway']}/" in up.greeting
    assert "boss@example.com / admin-password" in up.greeting
    assert str(up.data) in up.greeting


def test_a_long_path_is_no_problem(up):
    assert len(str(up.data)) > 200  # twice as long as a socket's may be
    assert up.until_ready().poll() is None


def test_an_interrupted_first_start_leaves_nothing_half_made(up):
    assert [path.name for path in (up.data / "postgres").iterdir()] == ["cluster"]
    assert up.until_ready().poll() is None


@pytest.mark.parametrize("name", ["fsync", "synchronous_commit", "full_page_writes"])
def test_what_is_kept_is_kept_durably(up, name):
    assert up.ask_database(f"SHOW {name}") == [("on",)]


def test_a_death_is_told_in_a_line(up):
    process = up.until_ready()
    worker = next(pid for pid in family_of(process) if b"run_worker" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(worker, signal.SIGKILL)
    told = iter(process.stdout.readline, "")
    assert next(line for line in told if line.strip()) == (
        f"worker was ended by SIGKILL; starting it again in 0.2 s. Log: {up.data}/logs/worker.log\n"
    )


def test_a_second_launcher_in_the_same_folder_is_refused_in_a_line(up):
    second = Launcher(up.root, up.data).begin()
    output, error = second.communicate(timeout=10)
    assert second.returncode == 1
    assert output == ""
    assert error == f"The data folder {up.data} is in use by process {up.until_ready().pid}.\n"


def test_a_request_to_stop_ends_everything_and_is_no_failure(up):
    process = up.until_ready()
    family = family_of(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 0
    assert len(family) > 15
    assert not alive(family)


def test_a_request_to_stop_is_heard_whichever_thread_the_system_gives_it_to(up):
    if sys.platform != "linux":
        pytest.skip("only Linux lets a thread be chosen from outside")
    process = up.until_ready()
    threads = {int(folder.name) for folder in Path(f"/proc/{process.pid}/task").iterdir()}
    os.kill(max(threads - {process.pid}), signal.SIGTERM)
    assert process.wait(timeout=10) == 0


def test_nothing_outlives_a_launcher_that_is_killed(up):
    if sys.platform != "linux":
        pytest.skip("only Linux can be asked to end a process together with its parent")
    process = up.until_ready()
    family = family_of(process)
    process.kill()
    wait_until_gone(family, up.ports)


def test_the_data_survives_a_killed_launcher_and_a_crashed_server(up):
    keys = (up.data / "keys.json").read_text()
    starts = up.ask_database("SELECT at FROM starts ORDER BY at", "users")
    note = up.data / "postgres/cluster/postmaster.pid"
    process = up.until_ready()
    family = family_of(process)
    process.kill()
    os.kill(int(note.read_text().split()[0]), signal.SIGKILL)
    wait_until_gone(family, up.ports)
    # its number has been given to somebody else in the meantime
    note.write_text(f"{os.getpid()}\n" + note.read_text().partition("\n")[2])
    up.until_ready()
    assert (up.data / "keys.json").read_text() == keys
    assert up.ask_database("SELECT at FROM starts ORDER BY at", "users")[:-1] == starts


@pytest.mark.parametrize(("number", "sign"), [(signal.SIGTERM, "postgres.log"), (signal.SIGHUP, "user.log")])
def test_a_request_to_stop_while_starting_is_heard(launcher, number, sign):
    (launcher.data / "logs" / sign).unlink(missing_ok=True)
    process = launcher.begin()
    while process.poll() is None and not (launcher.data / "logs" / sign).exists():
        time.sleep(0.01)
    process.send_signal(number)
    assert process.wait(timeout=10) == 0
    assert not left_of(launcher)


def test_a_taken_port_is_refused_in_a_line_before_anything_starts(root, folder):
    launcher = Launcher(root, folder / "data")
    with socket.create_server(("127.0.0.1", launcher.ports["order"])):
        process = launcher.begin()
        output, error = process.communicate(timeout=10)
    assert (process.returncode, output) == (1, "")
    assert error.count("\n") == 1
    assert f"Port {launcher.ports['order']} " in error
    assert "ORDER_PORT" in error
    assert not launcher.data.exists()


def test_a_start_that_fails_says_why_and_leaves_nothing_running(launcher):
    process = launcher.begin(FAIL_TO_PREPARE="1")
    _, error = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "prepare ended with status 1 while starting. Log: " in error
    assert "FAIL_TO_PREPARE is set." in error
    assert not left_of(launcher)
    assert not taken_ports(launcher.ports)
    (folder := DataFolder(launcher.data)).open()
    folder.close()

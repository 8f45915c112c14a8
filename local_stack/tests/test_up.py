"""`make up` as a process: output, signals, exit status."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import fake_system
import pytest

from local_stack import StackError, ports, procfs
from local_stack.data_dir import DataDir
from local_stack.postgres import Cluster
from local_stack.topology import REPOSITORY

LAUNCH = """\
import os, sys
from pathlib import Path
from local_stack import StackError, env_file, up
try:
    env_file.load(os.environ, Path(sys.argv[1]))
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
        """Reuses the running process, or starts another."""
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
        shutil.rmtree(self.socket_folder, ignore_errors=True)  # left by a killed launcher

    @property
    def socket_folder(self) -> Path:
        return Path("/tmp") / f"shop-{DataDir(self.data).digest}"  # noqa: S108

    def query(self, statement: str, database: str = "postgres") -> list[tuple]:
        with Cluster(DataDir(self.data)).session(database) as session, session.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()


@pytest.fixture(scope="module")
def lasting_data(used_data: Path, lasting_folder: Path) -> Path:
    return fake_system.copy_of(used_data, lasting_folder)


@pytest.fixture
def launcher(root: Path, lasting_data: Path) -> Iterator[Launcher]:
    """For starts that fail."""
    made = Launcher(root, lasting_data)
    yield made
    made.end()


@pytest.fixture(scope="module")
def lasting(root: Path, lasting_folder: Path) -> Iterator[Launcher]:
    made = Launcher(root, lasting_folder / ("long" * 50) / "data")
    (partial := made.data / "postgres/cluster.new").mkdir(parents=True)
    (partial / "PG_VERSION").write_text("18\n")
    yield made
    made.end()


@pytest.fixture
def up(lasting: Launcher) -> Launcher:
    """A launcher that is ready.

    If a test stops it, the next test starts another with the same folder and ports.
    """
    lasting.until_ready()
    return lasting


def descendants(process: "subprocess.Popen[str]") -> set[int]:
    return {entry.pid for entry in procfs.members(process.pid)} - {process.pid}


def alive(pids: set[int]) -> set[int]:
    return pids & {entry.pid for entry in procfs.all_processes()}


def processes_of(launcher: Launcher) -> set[int]:
    """All processes started by a launcher, found by their environment."""
    mark = f"SHOP_DATA={launcher.data}".encode()
    return {entry.pid for entry in procfs.all_processes() if mark in environment_of(entry.pid)}


def environment_of(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:  # exited, or of another user
        return []


def wait_until_gone(pids: set[int], chosen: ports.Ports) -> None:
    """Also waits for the ports: workers may have been forked after the processes were listed."""
    end = time.monotonic() + 10
    while (left := alive(pids)) or (taken := taken_ports(chosen)):
        assert time.monotonic() < end, f"still running: {left or taken}"
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
    assert "boss@example.com / password-of-the-file" in up.greeting
    assert str(up.data) in up.greeting


def test_a_long_data_path_works(up):
    assert len(str(up.data)) > 200  # twice the limit of a socket path
    assert up.until_ready().poll() is None


def test_partial_cluster_of_an_interrupted_start_is_removed(up):
    assert [path.name for path in (up.data / "postgres").iterdir()] == ["cluster"]
    assert up.until_ready().poll() is None


@pytest.mark.parametrize("name", ["fsync", "synchronous_commit", "full_page_writes"])
def test_postgres_settings_are_durable(up, name):
    assert up.query(f"SHOW {name}") == [("on",)]


def test_a_crash_is_reported_in_one_line(up):
    process = up.until_ready()
    worker = next(
        pid
        for pid in descendants(process)
        if b"run_worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )
    os.kill(worker, signal.SIGKILL)
    output = iter(process.stdout.readline, "")
    assert next(line for line in output if line.strip()) == (
        f"worker was ended by SIGKILL; starting it again in 0.2 s. Log: {up.data}/logs/worker.log\n"
    )


def test_a_second_launcher_in_the_same_folder_is_an_error(up):
    second = Launcher(up.root, up.data).begin()
    output, error = second.communicate(timeout=10)
    assert second.returncode == 1
    assert output == ""
    assert error == f"The data folder {up.data} is in use by process {up.until_ready().pid}.\n"


def test_sigint_stops_everything_with_status_0(up):
    process = up.until_ready()
    processes = descendants(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 0
    assert len(processes) > 15
    assert not alive(processes)


def test_a_signal_delivered_to_another_thread_is_handled(up):
    if sys.platform != "linux":
        pytest.skip("only Linux can signal a single thread")
    process = up.until_ready()
    threads = {int(folder.name) for folder in Path(f"/proc/{process.pid}/task").iterdir()}
    os.kill(max(threads - {process.pid}), signal.SIGTERM)
    assert process.wait(timeout=10) == 0


def test_no_process_outlives_a_killed_launcher(up):
    if sys.platform != "linux":
        pytest.skip("only Linux has a parent death signal")
    process = up.until_ready()
    processes = descendants(process)
    process.kill()
    wait_until_gone(processes, up.ports)


def test_data_survives_a_killed_launcher_and_a_crashed_server(up):
    keys = (up.data / "keys.json").read_text()
    starts = up.query("SELECT at FROM starts ORDER BY at", "users")
    note = up.data / "postgres/cluster/postmaster.pid"
    process = up.until_ready()
    processes = descendants(process)
    process.kill()
    os.kill(int(note.read_text().split()[0]), signal.SIGKILL)
    wait_until_gone(processes, up.ports)
    # the pid has been reused by another process
    note.write_text(f"{os.getpid()}\n" + note.read_text().partition("\n")[2])
    up.until_ready()
    assert (up.data / "keys.json").read_text() == keys
    assert up.query("SELECT at FROM starts ORDER BY at", "users")[:-1] == starts


@pytest.mark.parametrize(
    ("number", "sign"), [(signal.SIGTERM, "postgres.log"), (signal.SIGHUP, "user.log")]
)
def test_a_signal_while_starting_is_handled(launcher, number, sign):
    (launcher.data / "logs" / sign).unlink(missing_ok=True)
    process = launcher.begin()
    while process.poll() is None and not (launcher.data / "logs" / sign).exists():
        time.sleep(0.01)
    process.send_signal(number)
    assert process.wait(timeout=10) == 0
    assert not processes_of(launcher)


def test_a_taken_port_is_reported_before_anything_starts(root, folder):
    launcher = Launcher(root, folder / "data")
    with socket.create_server(("127.0.0.1", launcher.ports["order"])):
        process = launcher.begin()
        output, error = process.communicate(timeout=10)
    assert (process.returncode, output) == (1, "")
    assert error.count("\n") == 1
    assert f"Port {launcher.ports['order']} " in error
    assert "ORDER_PORT" in error
    assert not launcher.data.exists()


def test_a_failed_start_reports_the_cause_and_leaves_no_process(launcher):
    process = launcher.begin(FAIL_TO_PREPARE="1")
    _, error = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "prepare ended with status 1 while starting. Log: " in error
    assert "FAIL_TO_PREPARE is set." in error
    assert not processes_of(launcher)
    assert not taken_ports(launcher.ports)
    (folder := DataDir(launcher.data)).open()
    folder.close()

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

from local_stack import StackError, ports, process_table
from local_stack.catalogue import REPOSITORY
from local_stack.data_folder import DataFolder

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
        self.processes: list[subprocess.Popen[str]] = []

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
        self.processes.append(process)
        return process

    def until_ready(self) -> "subprocess.Popen[str]":
        process = self.begin()
        output = process.stdout
        assert output
        for line in output:
            if "Ctrl-C" in line:
                return process
        raise AssertionError(process.communicate())


@pytest.fixture
def launcher(root: Path, folder: Path) -> Iterator[Launcher]:
    made = Launcher(root, folder / "data")
    yield made
    for process in made.processes:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=15)
    shutil.rmtree(Path("/tmp") / f"shop-{DataFolder(made.data).digest}", ignore_errors=True)  # noqa: S108  (a killed launcher's)


def family_of(process: "subprocess.Popen[str]") -> set[int]:
    return {entry.pid for entry in process_table.members(process.pid)} - {process.pid}


def alive(pids: set[int]) -> set[int]:
    return pids & {entry.pid for entry in process_table._entries()}


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_stop_ends_everything_and_is_no_failure(launcher, number):
    process = launcher.until_ready()
    family = family_of(process)
    began = time.monotonic()
    process.send_signal(number)
    assert process.wait(timeout=10) == 0
    assert time.monotonic() - began < 10
    assert len(family) > 15
    assert not alive(family)


def test_a_request_to_stop_while_starting_is_heard(launcher):
    process = launcher.begin()
    time.sleep(0.4)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0


def test_nothing_outlives_a_launcher_that_is_killed(launcher):
    if sys.platform != "linux":
        pytest.skip("only Linux can be asked to end a process together with its parent")
    process = launcher.until_ready()
    family = family_of(process)
    process.kill()
    wait_until_gone(family, launcher.ports)


def test_the_data_survives_a_killed_launcher_and_a_crashed_server(launcher):
    process = launcher.until_ready()
    keys = (launcher.data / "keys.json").read_text()
    server = int((launcher.data / "postgres/cluster/postmaster.pid").read_text().split()[0])
    family = family_of(process)
    process.kill()
    os.kill(server, signal.SIGKILL)
    wait_until_gone(family, launcher.ports)
    # its number has been given to somebody else in the meantime
    note = launcher.data / "postgres/cluster/postmaster.pid"
    note.write_text(f"{os.getpid()}\n" + note.read_text().partition("\n")[2])
    launcher.until_ready()
    assert (launcher.data / "keys.json").read_text() == keys


def test_the_table_names_every_address_and_the_login(launcher):
    process = launcher.begin(ADMIN_EMAIL="boss@example.com")
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    text = "".join(lines)
    for name in ("user", "product", "inventory", "order"):
        assert f"http://localhost:{launcher.ports[name]}/swagger/" in text
    assert f"http://localhost:{launcher.ports['gateway']}/" in text
    assert "boss@example.com / admin-password" in text
    assert str(launcher.data) in text


def test_a_death_is_told_in_a_line(launcher):
    process = launcher.until_ready()
    worker = next(pid for pid in family_of(process) if b"run_worker" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(worker, signal.SIGKILL)
    told = iter(process.stdout.readline, "")
    assert next(line for line in told if line.strip()) == (
        f"worker was ended by SIGKILL; starting it again in 0.2 s. Log: {launcher.data}/logs/worker.log\n"
    )


def test_a_second_launcher_in_the_same_folder_is_refused_in_a_line(launcher):
    first = launcher.until_ready()
    launcher.ports = ports.free()
    second = launcher.begin()
    output, error = second.communicate(timeout=10)
    assert second.returncode == 1
    assert output == ""
    assert error == f"The data folder {launcher.data} is in use by process {first.pid}.\n"


def test_a_taken_port_is_refused_in_a_line_before_anything_starts(launcher):
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
    launcher.until_ready()

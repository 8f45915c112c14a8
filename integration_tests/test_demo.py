"""`make demo`, which is `python -m local_stack demo`."""

import os
import re
import subprocess
import sys

from local_stack import Stack, ports
from local_stack.topology import DEFAULT_PORTS, REPOSITORY


def demo(numbers: dict[str, int], **variables: str) -> "subprocess.CompletedProcess[str]":
    given = {ports.variable(name): str(number) for name, number in numbers.items()} | variables
    unset = [f"{name.upper()}_SERVICE_URL" for name in DEFAULT_PORTS] + [
        "ADMIN_EMAIL",
        "ADMIN_PASSWORD",
    ]
    environment = {name: value for name, value in os.environ.items() if name not in unset} | given
    command = [sys.executable, "-m", "local_stack", "demo"]
    return subprocess.run(
        command,
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_demo_runs_the_sample_flow_and_shows_the_stock(stack: Stack) -> None:
    shown = demo(stack.ports)

    assert (shown.returncode, shown.stderr) == (0, "")
    assert re.findall(r"→ (\d+)", shown.stdout) == [
        "200",
        "201",
        "200",
        "201",
        "201",
        "201",
        "200",
        "200",
        "422",
        "409",
        "200",
    ]
    assert [line.split() for line in shown.stdout.splitlines()[-4:]] == [
        ["quantity", "reserved"],
        ["received", "10", "0"],
        ["2", "ordered", "8", "2"],
        ["9", "more", "rejected", "8", "2"],
    ]
    assert "\033[" not in shown.stdout  # colours only on a terminal
    assert not re.search("admin-password|eyJ", shown.stdout)


def test_demo_without_a_system_is_one_line() -> None:
    failed = demo(ports.free())

    assert (failed.returncode, failed.stderr.count("\n")) == (1, 1)
    assert "/api/users/token/ does not respond" in failed.stderr


def test_demo_with_wrong_ports_is_one_line(stack: Stack) -> None:
    failed = demo(stack.ports | {"user": stack.ports["product"], "product": stack.ports["user"]})

    assert (failed.returncode, failed.stderr.count("\n")) == (1, 1)
    assert "responded" in failed.stderr


def test_a_wrong_staff_login_is_one_line(stack: Stack) -> None:
    failed = demo(stack.ports, ADMIN_EMAIL="unknown@example.com")

    assert (failed.returncode, failed.stderr.count("\n")) == (1, 1)
    assert "responded with 401, not 200" in failed.stderr

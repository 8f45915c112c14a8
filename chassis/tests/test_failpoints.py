"""Processes that crash at a failpoint, each in a process of its own."""

import os
import signal
import subprocess
import sys

import pytest

from chassis.environment import Environment
from chassis.failpoints import STATUS, failpoint

PROGRAM = """
import sys
from chassis.failpoints import failpoint

@failpoint("save")
def save(fails=False):
    print("saved", flush=True)
    if fails:
        raise ValueError

@failpoint("send")
def send():
    print("sent", flush=True)

for _ in range(7):
    try:
        save(fails="failing" in sys.argv)
    except ValueError:
        pass
send()
print("alive", flush=True)
"""


@pytest.fixture
def run():
    def run(crash_at, *arguments):
        environment = {"FAILPOINT": crash_at, "PYTHONPATH": ".."}
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return ended.returncode, ended.stdout.split(), ended.stderr

    return run


@pytest.mark.parametrize(
    ("crash_at", "saved"),
    [
        ("before save", 4),
        ("after save", 5),
        ("before save/1", 0),
        ("after save/1", 1),
        ("before save/7", 6),
        ("after save/7", 7),
    ],
)
def test_a_process_dies_at_the_point_named_and_says_so(run, crash_at, saved):
    assert run(crash_at) == (STATUS, ["saved"] * saved, f"FAILPOINT {crash_at}\n")


def test_a_process_that_is_to_stop_goes_on_where_it_was_and_does_not_stop_again():
    environment = {"FAILPOINT": "before save/3 stop", "PYTHONPATH": ".."}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])
    finally:
        process.send_signal(signal.SIGCONT)
        output, told = process.communicate()
    assert output.split() == ["saved"] * 7 + ["sent", "alive"]
    assert (process.returncode, told) == (0, "FAILPOINT before save/3 stop\n")


def test_a_step_that_fails_is_over_as_well(run):
    assert run("after save", "failing") == (STATUS, ["saved"] * 5, "FAILPOINT after save\n")


def test_another_step_is_not_touched(run):
    assert run("before send/1") == (STATUS, ["saved"] * 7, "FAILPOINT before send/1\n")


@pytest.mark.parametrize(
    "crash_at",
    [
        "",
        "save",
        "after",
        "after nothing",
        "before save/8",
        "at save",
        "before save/0",
        "before save stop it",
    ],
)
def test_what_names_no_point_that_is_reached_kills_nobody(run, crash_at):
    assert run(crash_at) == (0, ["saved"] * 7 + ["sent", "alive"], "")


def test_a_step_costs_nothing_when_no_point_is_named(monkeypatch):
    monkeypatch.delenv("FAILPOINT", raising=False)

    def save():
        pass

    assert failpoint("save")(save) is save


@pytest.mark.parametrize("environment", ["", "production"])
def test_production_refuses_crash_points_by_name(monkeypatch, environment):
    monkeypatch.setenv("FAILPOINT", "after save")
    monkeypatch.setenv("ENVIRONMENT", environment)
    with pytest.raises(SystemExit, match=r"^FAILPOINT stops the process on purpose"):
        Environment()


def test_a_local_run_may_have_them(monkeypatch):
    monkeypatch.setenv("FAILPOINT", "after save")
    monkeypatch.setenv("ENVIRONMENT", "local")
    assert Environment().is_local

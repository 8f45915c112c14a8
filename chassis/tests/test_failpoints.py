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
    def run(setting, *arguments):
        environment = {"FAILPOINT": setting, "PYTHONPATH": ".."}
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
    ("setting", "saved"),
    [
        ("before save", 4),
        ("after save", 5),
        ("before save/1", 0),
        ("after save/1", 1),
        ("before save/7", 6),
        ("after save/7", 7),
    ],
)
def test_a_process_crashes_at_the_failpoint_and_reports_it(run, setting, saved):
    assert run(setting) == (STATUS, ["saved"] * saved, f"FAILPOINT {setting}\n")


def test_a_suspended_process_continues_and_is_not_suspended_again():
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
        output, stderr = process.communicate()
    assert output.split() == ["saved"] * 7 + ["sent", "alive"]
    assert (process.returncode, stderr) == (0, "FAILPOINT before save/3 stop\n")


def test_after_a_function_includes_a_function_that_raises(run):
    assert run("after save", "failing") == (STATUS, ["saved"] * 5, "FAILPOINT after save\n")


def test_other_functions_are_not_affected(run):
    assert run("before send/1") == (STATUS, ["saved"] * 7, "FAILPOINT before send/1\n")


@pytest.mark.parametrize(
    "setting",
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
def test_an_unreached_or_invalid_failpoint_has_no_effect(run, setting):
    assert run(setting) == (0, ["saved"] * 7 + ["sent", "alive"], "")


def test_without_failpoint_a_function_is_not_wrapped(monkeypatch):
    monkeypatch.delenv("FAILPOINT", raising=False)

    def save():
        pass

    assert failpoint("save")(save) is save


@pytest.mark.parametrize("environment", ["", "production"])
def test_production_rejects_failpoints(monkeypatch, environment):
    monkeypatch.setenv("FAILPOINT", "after save")
    monkeypatch.setenv("ENVIRONMENT", environment)
    with pytest.raises(SystemExit, match=r"^FAILPOINT stops the process on purpose"):
        Environment()


def test_a_local_run_accepts_failpoints(monkeypatch):
    monkeypatch.setenv("FAILPOINT", "after save")
    monkeypatch.setenv("ENVIRONMENT", "local")
    assert Environment().is_local

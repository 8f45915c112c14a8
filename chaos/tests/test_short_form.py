"""`make chaos ARGS=--short`: no scenario of the short form fails."""

import subprocess
import sys

import pytest

from chaos.scenarios import all_scenarios
from local_stack.topology import REPOSITORY

SECONDS = 600.0


def test_short_form_passes(capsys: pytest.CaptureFixture[str]) -> None:
    status, table = run_chaos("--short", "--end-with-parent")
    with capsys.disabled():
        print(f"\n{table}")

    assert status == 0, table
    assert table.count(" ok\n") >= sum(scenario.short for scenario in all_scenarios()), table


def run_chaos(*arguments: str) -> tuple[int, str]:
    """Sends SIGTERM on a timeout, so that the command stops its processes."""
    command = [sys.executable, "-m", "chaos", *arguments]
    process = subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        table, _ = process.communicate(timeout=SECONDS)
    except BaseException:
        process.terminate()
        process.communicate()
        raise
    return process.returncode, table

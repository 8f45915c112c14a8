"""`make prove ARGS=--short`: a system is killed, cut off and made to die in the middle of an order, and nothing is lost."""

import subprocess
import sys

import pytest

from local_stack.topology import REPOSITORY
from proof.matrix import rows

SECONDS = 300.0


def test_the_short_form_finds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    status, table = prove("--short", "--end-with-parent")
    with capsys.disabled():
        print(f"\n{table}")

    assert status == 0, table
    assert table.count(" ok\n") >= sum(row.short for row in rows()), table


def prove(*arguments: str) -> tuple[int, str]:
    """Ended by SIGTERM when it has to be, so that it can end what it has started."""
    command = [sys.executable, "-m", "proof.prove", *arguments]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        table, _ = process.communicate(timeout=SECONDS)
    except BaseException:
        process.terminate()
        process.communicate()
        raise
    return process.returncode, table

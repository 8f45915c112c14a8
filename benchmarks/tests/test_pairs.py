"""Ratios of two versions, and a comparison of this version with itself."""

import subprocess
import sys

import pytest

from benchmarks import checkouts, pairs
from benchmarks.pairs import Round
from local_stack import StackError
from local_stack.topology import REPOSITORY

TIMEOUT = 500.0


def a_round(services_ms, errors=0):
    return Round(services_ms, postgres_ms=1.0, rate=100.0, p50_ms=10.0, errors=errors)


def test_the_ratio_is_the_median_of_those_of_each_pair():
    text = pairs.render(
        [
            (a_round(2.0), a_round(2.2)),
            (a_round(4.0), a_round(6.0, errors=3)),
            (a_round(1.0), a_round(1.2)),
        ]
    )

    row = next(line for line in text.splitlines() if line.startswith("services_ms"))
    assert row.split() == ["services_ms", "2.000", "2.200", "1.200", "1.100", "to", "1.500"]
    assert text.splitlines()[-1].split() == ["errors", "0", "3"]


def test_the_order_within_a_pair_alternates():
    measured = []

    class Scripted:
        def __init__(self, name):
            self.name = name

        def sign_in(self):
            pass

        def measure(self, load, profile):
            measured.append(self.name)
            return a_round(1.0 if self.name == "base" else 2.0)

    found = list(pairs.measured(Scripted("base"), Scripted("candidate"), None, None, 3))

    assert measured == ["base", "candidate", "candidate", "base", "base", "candidate"]
    assert found == [(a_round(1.0), a_round(2.0))] * 3


def test_an_unknown_revision_is_an_error():
    with pytest.raises(StackError, match="rev-parse"):
        checkouts.folder_of("no-such-revision")


def test_this_version_is_compared_with_itself():
    command = [sys.executable, "-m", "benchmarks.pairs", "--base", str(REPOSITORY)]
    command += ["--rounds", "1", "--seconds", "0.5", "--end-with-parent"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=TIMEOUT)

    assert done.returncode == 0, done.stderr
    rows = {line.split()[0]: line.split() for line in done.stdout.splitlines()[1:]}
    assert rows["errors"] == ["errors", "0", "0"]
    assert 0.2 < float(rows["services_ms"][3]) < 5

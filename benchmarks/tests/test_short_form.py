"""`make bench ARGS=--short`, and bench-growth with few rows: a minute each on an idle machine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.loads import LOADS
from benchmarks.ratios import GOALS
from benchmarks.scaling_shop import PLACING, READS, SEARCHES
from local_stack.topology import REPOSITORY

SECONDS = 500.0


def test_short_form_measures_all_targets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "figures.json"
    status, output = bench("--short", "--json", str(path), "--end-with-parent")
    with capsys.disabled():
        print(f"\n{output}")

    assert status == 0, output
    found = json.loads(path.read_text())
    assert {each["load"] for each in found["figures"]} == {load.name for load in LOADS}
    assert [each["name"] for each in found["ratios"]] == [goal.name for goal in GOALS]
    assert {
        (each["target"], each["load"])
        for each in found["figures"]
        for one in each["rounds"]
        if one["failed"]
    } == set()
    assert found["postgresql"]["fsync"] == found["postgresql"]["synchronous_commit"] == "on"
    assert found["short"] is True
    assert sum(found["memory"].values()) > 100


def test_scaling_is_measured_for_every_request(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    status, output = bench(
        "--rows",
        "1200",
        "--rounds",
        "1",
        "--json",
        str(path),
        "--end-with-parent",
        program="benchmarks.scaling",
    )

    assert status == 0, output
    found = json.loads(path.read_text())
    assert [each["name"] for each in found["figures"]] == [*READS, *PLACING, *SEARCHES]
    assert all(each["many"] > 0 for each in found["figures"])


def bench(*arguments: str, program: str = "benchmarks") -> tuple[int, str]:
    """Sends SIGTERM on a timeout, so that the command stops its processes."""
    command = [sys.executable, "-m", program, *arguments]
    process = subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        output, _ = process.communicate(timeout=SECONDS)
    except BaseException:
        process.terminate()
        process.communicate()
        raise
    return process.returncode, output

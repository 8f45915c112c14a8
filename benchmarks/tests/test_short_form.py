"""`make bench ARGS=--short`, and growth with few rows: everything is started, measured and told, in a minute each
on a machine that has nothing else to do."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.growth_shop import PLACING, READINGS, SEARCHES
from benchmarks.loads import LOADS
from benchmarks.ratios import AIMS
from local_stack.topology import REPOSITORY

SECONDS = 500.0


def test_the_short_form_measures_everybody_and_cleans_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "figures.json"
    status, said = bench("--short", "--json", str(place), "--end-with-parent")
    with capsys.disabled():
        print(f"\n{said}")

    assert status == 0, said
    found = json.loads(place.read_text())
    assert {each["load"] for each in found["figures"]} == {load.name for load in LOADS}
    assert [each["name"] for each in found["ratios"]] == [aim.name for aim in AIMS]
    assert {(each["contender"], each["load"]) for each in found["figures"] for one in each["rounds"] if one["failed"]} == set()
    assert found["postgresql"]["fsync"] == found["postgresql"]["synchronous_commit"] == "on"
    assert found["short"] is True
    assert sum(found["memory"].values()) > 100


def test_growth_is_measured_for_every_request(tmp_path: Path) -> None:
    place = tmp_path / "figures.json"
    status, said = bench("--rows", "1200", "--rounds", "1", "--json", str(place), "--end-with-parent", program="benchmarks.growth")

    assert status == 0, said
    found = json.loads(place.read_text())
    assert [each["name"] for each in found["figures"]] == [*READINGS, *PLACING, *SEARCHES]
    assert all(each["many"] > 0 for each in found["figures"])


def bench(*arguments: str, program: str = "benchmarks") -> tuple[int, str]:
    """Ended by SIGTERM when it has to be, so that it can end what it has started."""
    command = [sys.executable, "-m", program, *arguments]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        said, _ = process.communicate(timeout=SECONDS)
    except BaseException:
        process.terminate()
        process.communicate()
        raise
    return process.returncode, said

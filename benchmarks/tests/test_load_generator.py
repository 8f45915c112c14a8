"""Host metrics from /proc, and the load generator."""

import os
import subprocess
import sys
import time

import pytest

from benchmarks import host_metrics
from benchmarks.host_metrics import Meter
from benchmarks.loads import FEW, PAGE, LoadProfile
from benchmarks.targets import HTTPTarget
from benchmarks.tests.scripted_server import CLOSING, LATER, OK, SPLIT, scripted

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
PROFILE = LoadProfile(0.0, 0.4)


def spend(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_processor_time_is_that_of_the_processes_given():
    meter = Meter([os.getpid()])
    meter.begin()
    spend(0.2)
    meter.end()

    assert 0.15 < meter.used < 0.5


def test_the_time_of_ended_children_counts():
    meter = Meter([os.getpid()])
    meter.begin()
    subprocess.run(
        [sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass"], check=True
    )
    meter.end()

    assert meter.used > 0.25


def test_cpu_time_of_other_processes_is_other_load():
    meter = Meter([])
    meter.begin()
    spend(0.3)
    meter.end()

    assert meter.other_load(0.0) > 0
    assert meter.other_load(1e9) == 0.0


def test_an_exited_process_counts_nothing():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert host_metrics.processor_seconds([ended.pid]) == 0
    assert host_metrics.proportional_megabytes([ended.pid]) == 0
    assert host_metrics.proportional_megabytes([os.getpid()]) > 1


def test_host_description():
    assert host_metrics.description()["cores"] >= 1
    assert host_metrics.description()["memory_gib"] >= 1


@pytest.mark.parametrize("response", [OK, CLOSING, SPLIT])
def test_responses_are_counted_however_they_are_split(response):
    with scripted(response) as port:
        outcome = HTTPTarget("x", {"product": port}, ["1", "2"], []).run_load(
            PAGE, PROFILE, Meter([])
        )

    assert set(outcome.statuses) == {"200"}
    assert outcome.done == len(outcome.latencies) > 16
    assert outcome.own_seconds > 0


def test_retry_after_is_honoured():
    with scripted(LATER) as port:
        outcome = HTTPTarget("x", {"order": port}, ["1", "2"], []).run_load(
            FEW, LoadProfile(0.0, 1.0), Meter([])
        )

    assert set(outcome.statuses) == {"503"}
    assert 1 <= outcome.statuses["503"] <= 32


def test_a_load_ends_at_the_maximum_of_responses():
    with scripted(OK) as port:
        outcome = HTTPTarget("x", {"product": port}, ["1"], []).run_load(
            PAGE, LoadProfile(0.0, 30.0, maximum=50), Meter([])
        )

    assert outcome.done == 50
    assert outcome.seconds < 30


def test_without_a_server_every_request_is_a_connection_error():
    with scripted(OK) as port:
        pass
    outcome = HTTPTarget("x", {"product": port}, ["1"], []).run_load(
        PAGE, LoadProfile(0.0, 1.2), Meter([])
    )

    assert set(outcome.statuses) <= {"broken"}
    assert outcome.done == 0

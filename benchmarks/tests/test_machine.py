"""What is read from /proc, and what the load generator makes of what it gets."""

import os
import subprocess
import sys
import time

import pytest

from benchmarks import machine
from benchmarks.contenders import Server
from benchmarks.loads import FEW, PAGE, Pace
from benchmarks.machine import Meter
from benchmarks.tests.scripted import CLOSING, LATER, OK, SPLIT, scripted

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
PACE = Pace(0.0, 0.4)


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
    subprocess.run([sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass"], check=True)
    meter.end()

    assert meter.used > 0.25


def test_what_others_do_is_elsewhere():
    meter = Meter([])
    meter.begin()
    spend(0.3)
    meter.end()

    assert meter.elsewhere(0.0) > 0
    assert meter.elsewhere(1e9) == 0.0


def test_a_process_that_has_ended_counts_nothing():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert machine.processor_seconds([ended.pid]) == 0
    assert machine.proportional_megabytes([ended.pid]) == 0
    assert machine.proportional_megabytes([os.getpid()]) > 1


def test_the_machine_is_described():
    assert machine.description()["cores"] >= 1
    assert machine.description()["memory_gib"] >= 1


@pytest.mark.parametrize("answer", [OK, CLOSING, SPLIT])
def test_answers_are_counted_however_they_come(answer):
    with scripted(answer) as port:
        outcome = Server("x", {"product": port}, ["1", "2"], []).carry_out(PAGE, PACE, Meter([]))

    assert set(outcome.statuses) == {"200"}
    assert outcome.done == len(outcome.latencies) > 16
    assert outcome.own_seconds > 0


def test_who_is_told_to_come_back_later_does():
    with scripted(LATER) as port:
        outcome = Server("x", {"order": port}, ["1", "2"], []).carry_out(FEW, Pace(0.0, 1.0), Meter([]))

    assert set(outcome.statuses) == {"503"}
    assert 1 <= outcome.statuses["503"] <= 32


def test_a_load_ends_when_there_are_enough_answers():
    with scripted(OK) as port:
        outcome = Server("x", {"product": port}, ["1"], []).carry_out(PAGE, Pace(0.0, 30.0, most=50), Meter([]))

    assert outcome.done == 50
    assert outcome.seconds < 30


def test_a_server_that_is_not_there_breaks_every_request():
    with scripted(OK) as port:
        pass
    outcome = Server("x", {"product": port}, ["1"], []).carry_out(PAGE, Pace(0.0, 1.2), Meter([]))

    assert set(outcome.statuses) <= {"broken"}
    assert outcome.done == 0

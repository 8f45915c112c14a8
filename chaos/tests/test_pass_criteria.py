"""The pass criteria of a scenario, the table, and the list of scenarios."""

import pytest

from chaos import disk_faults, report_table
from chaos.client_stats import ClientStats, PlacedOrder
from chaos.pass_criteria import Result
from chaos.process_faults import no_fault
from chaos.scenarios import Scenario, all_scenarios


def scenario(**fields):
    return Scenario("a fault", no_fault, **fields)


def result(of=None, injections=1, clean_after=1.0, problems=(), **observed):
    """A passed scenario, except for the arguments."""
    stats = ClientStats(
        placed={"key": PlacedOrder("order", {"lamp": 1}, 0, {}, 1)}, requests=9, max_latency=1.0
    )
    for name, value in observed.items():
        setattr(stats, name, value)
    return Result(of or scenario(), stats, injections, clean_after, list(problems))


def test_a_scenario_without_violations_passes():
    assert result().violations == []
    assert result().passed


def test_503s_and_slow_recovery_within_the_limits_pass():
    assert result(
        unavailable=50,
        inventory_errors=3,
        clean_after=60.0,
        max_latency=6.0,
        rejected={"key 2": None},
    ).passed


@pytest.mark.parametrize(
    ("violation", "message"),
    [
        ({"unexpected": ["500 'oops'"]}, "500 'oops'"),
        ({"max_latency": 6.01}, "a response took 6.0 s"),
        ({"timeouts": 2}, "2 requests timed out"),
        ({"connection_errors": 1}, "1 connections broke, though the fault drops none"),
        ({"unresolved": ["abc", "def"]}, "no definitive response for 2 requests: abc, def"),
        ({"problems": ["LOST: order 1"]}, "LOST: order 1"),
        ({"injections": 0}, "the fault was never injected: nothing is tested"),
        ({"placed": {}}, "no order was placed: nothing is tested"),
        ({"clean_after": None}, "not clean within 60 s"),
        ({"clean_after": 61.2}, "clean only after 61 s"),
    ],
)
def test_each_violation_fails_the_scenario(violation, message):
    assert result(**violation).violations == [message]
    assert not result(**violation).passed


def test_connections_may_break_where_the_fault_drops_them():
    assert result(scenario(may_drop_connections=True), connection_errors=5).passed
    assert not result(scenario(may_drop_connections=True), timeouts=1).passed


def test_timeouts_pass_while_the_order_service_is_paused():
    assert result(scenario(pauses_order_service=True), timeouts=5, max_latency=6.4).passed


def test_zero_downtime_permits_no_503():
    assert result(scenario(zero_downtime=True)).passed
    assert result(scenario(zero_downtime=True), unavailable=1).violations == [
        "1 requests failed with 503"
    ]


def test_a_scenario_without_requests_needs_no_order():
    assert result(requests=0, placed={}).passed


def test_table_shows_the_stats_and_the_violations():
    shown = report_table.line(
        result(
            unavailable=3,
            connection_errors=1,
            clean_after=2.34,
            of=scenario(may_drop_connections=True),
        )
    )
    assert " ".join(shown.split()) == "a fault 9 1 0 3 1 1.00 s 2.3 s 0.0 s ok"
    failed = report_table.line(
        result(problems=[f"violation {number}" for number in range(9)])
    ).splitlines()
    assert failed[0].endswith("FAILED")
    assert failed[1:] == [f"    violation {number}" for number in range(6)] + ["    ... and 3 more"]
    assert (
        report_table.summary([result(), result(injections=0)], 12.3)
        == "2 scenarios, 18 requests, 2 orders placed, 12 s: 1 FAILED"
    )
    assert report_table.summary([result()], 1).endswith("all ok")


def test_scenario_names_are_unique_and_fit_the_table():
    names = [each.name for each in all_scenarios()]
    assert len(set(names)) == len(names) > 80
    assert max(map(len, names)) <= report_table.WIDTH


def test_short_form_has_few_scenarios():
    short = [each for each in all_scenarios() if each.short]
    assert 3 <= len(short) <= 6
    assert {each.uses_proxy for each in short} >= {True}


def test_disk_faults_are_left_out_without_root(monkeypatch):
    monkeypatch.setattr("chaos.disk_faults.os.geteuid", lambda: 1000)
    assert disk_faults.cannot_mount() == "only root can mount a small file system to fill up"
    assert not [each for each in all_scenarios() if "disk" in each.name]


def test_every_step_of_placing_an_order_has_failpoints():
    failpoints = [point for each in all_scenarios() for point in each.failpoints.items()]
    at = {(part, value.partition("/")[0]) for part, value in failpoints}
    for step in (
        "claim",
        "find products",
        "reserve",
        "save",
        "reject",
        "abort",
        "mark aborted",
        "release",
        "fulfil",
        "transition",
    ):
        assert {("order", f"before {step}"), ("order", f"after {step}")} <= at
    for step in ("reserve", "tombstone", "finalize", "change quantity"):
        assert {("inventory", f"before {step}"), ("inventory", f"after {step}")} <= at

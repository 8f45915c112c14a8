"""Each way in which a row can fail, and each thing that is no failure."""

import pytest

from proof import disk, table
from proof.matrix import Row, rows
from proof.processes import nothing
from proof.tally import Placed, Tally
from proof.verdict import Result


def row(**facts):
    return Row("a fault", nothing, **facts)


def result(of=None, strokes=1, clean_after=1.0, found=(), **seen):
    """Of a row that went well but for what is said."""
    tally = Tally(placed={"key": Placed("order", {"lamp": 1}, 0, {}, 1)}, requests=9, longest=1.0)
    for name, value in seen.items():
        setattr(tally, name, value)
    return Result(of or row(), tally, strokes, clean_after, list(found))


def test_a_row_without_a_flaw_passes():
    assert result().violations == []
    assert result().passed


def test_what_clients_have_to_bear_is_no_failure():
    assert result(unavailable=50, elsewhere=3, clean_after=60.0, longest=6.0, refused={"key 2": None}).passed


@pytest.mark.parametrize(
    ("flaw", "words"),
    [
        ({"wrong": ["500 'oops'"]}, "500 'oops'"),
        ({"longest": 6.01}, "an answer took 6.0 s"),
        ({"silent": 2}, "2 requests were not answered at all"),
        ({"broken": 1}, "1 connections to the system broke, though nothing cut them"),
        ({"undecided": ["abc", "def"]}, "no definitive answer for 2 requests: abc, def"),
        ({"found": ["LOST: order 1"]}, "LOST: order 1"),
        ({"strokes": 0}, "the fault never struck: nothing is proved"),
        ({"placed": {}}, "no order was placed: nothing is proved"),
        ({"clean_after": None}, "not clean within 60 s"),
        ({"clean_after": 61.2}, "clean only after 61 s"),
    ],
)
def test_each_flaw_fails_the_row_and_says_so(flaw, words):
    assert result(**flaw).violations == [words]
    assert not result(**flaw).passed


def test_where_connections_are_cut_they_may_break():
    assert result(row(cuts=True), broken=5).passed
    assert not result(row(cuts=True), silent=1).passed


def test_where_the_order_service_is_stopped_it_owes_no_answer():
    assert result(row(stops=True), silent=5, longest=6.4).passed


def test_a_seamless_row_allows_no_503():
    assert result(row(seamless=True)).passed
    assert result(row(seamless=True), unavailable=1).violations == ["1 requests failed with 503"]


def test_a_row_without_buyers_needs_no_order():
    assert result(requests=0, placed={}).passed


def test_the_table_shows_what_was_seen_and_what_is_wrong():
    shown = table.line(result(unavailable=3, broken=1, clean_after=2.34, of=row(cuts=True)))
    assert " ".join(shown.split()) == "a fault 9 1 0 3 1 1.00 s 2.3 s 0.0 s ok"
    failed = table.line(result(found=[f"violation {number}" for number in range(9)])).splitlines()
    assert failed[0].endswith("FAILED")
    assert failed[1:] == [f"    violation {number}" for number in range(6)] + ["    ... and 3 more"]
    assert table.summary([result(), result(strokes=0)], 12.3) == "2 rows, 18 requests, 2 orders placed, 12 s: 1 FAILED"
    assert table.summary([result()], 1).endswith("all ok")


def test_every_row_has_a_name_of_its_own_that_fits():
    names = [each.name for each in rows()]
    assert len(set(names)) == len(names) > 80
    assert max(map(len, names)) <= table.WIDTH


def test_the_short_form_is_a_handful_that_one_system_can_do():
    short = [each for each in rows() if each.short]
    assert 3 <= len(short) <= 6
    assert {each.proxied for each in short} >= {True}


def test_no_disk_is_filled_where_none_can_be_mounted(monkeypatch):
    monkeypatch.setattr(disk.os, "geteuid", lambda: 1000)
    assert disk.can_mount() == "only root can mount a small file system to fill up"
    assert not [each for each in rows() if "disk" in each.name]


def test_each_step_of_the_placement_has_its_crash_points():
    armed = [point for each in rows() for point in each.armed.items()]
    at = {(part, value.partition("/")[0]) for part, value in armed}
    for step in ("claim", "find products", "reserve", "save", "refuse", "abort", "abort done", "release", "fulfil", "move"):
        assert {("order", f"before {step}"), ("order", f"after {step}")} <= at
    for step in ("reserve", "shut", "close", "add"):
        assert {("inventory", f"before {step}"), ("inventory", f"after {step}")} <= at

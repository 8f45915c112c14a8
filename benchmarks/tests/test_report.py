"""Ratios, table, plot and published block of a run."""

import json
from dataclasses import replace
from pathlib import Path
from statistics import median
from xml.etree import ElementTree

import pytest

from benchmarks import publish, report_table, svg
from benchmarks.loads import ALL_TARGETS, FEW, LOADS, ONE, LoadProfile
from benchmarks.measurement import measure, percentile, rounds, summarize
from benchmarks.ratios import GOALS, Ratio, ratios
from benchmarks.report import Report
from benchmarks.targets import Outcome
from benchmarks.tests.figures import figures, measurement, report
from local_stack import StackError


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.5, None),
        ([7.0], 0.99, 7.0),
        ([1.0, 2.0, 3.0, 4.0], 0.5, 2.0),
        ([1.0, 2.0, 3.0], 0.99, 3.0),
    ],
)
def test_a_percentile_is_one_of_the_values(values, share, expected):
    assert percentile(values, share) == expected


def test_result_of_the_generator_is_summarized_per_order():
    outcome = Outcome(
        2.0,
        0.1,
        0.5,
        {"201": 100, "503": 7, "409": 2, "broken": 1},
        [0.001 * n for n in range(1, 101)],
    )

    found = summarize(outcome, other_load=0.25)

    assert (found.rate, found.processor, found.generator, found.failed, found.rejected) == (
        50.0,
        5.0,
        1.0,
        3,
        7,
    )
    assert (found.p50, found.p99, found.other_load) == (50.0, 99.0, 0.25)


def test_a_target_without_orders_has_no_cost():
    found = summarize(Outcome(2.0, 0.1, 0.5, {"500": 4}), other_load=0.0)

    assert (found.rate, found.processor, found.p50, found.failed) == (0.0, None, None, 4)


def test_a_ratio_is_the_median_of_those_of_each_round():
    made = figures()
    made["shop", FEW.name] = [measurement(rate) for rate in (600.0, 700.0, 900.0)]
    made["django_tutorial", FEW.name] = [measurement(rate) for rate in (100.0, 50.0, 100.0)]

    found = ratios(made)[0]

    assert (found.name, found.value, found.low, found.high) == (
        "orders/s ÷ django_tutorial, 1 line",
        9.0,
        6.0,
        14.0,
    )


@pytest.mark.parametrize(
    ("value", "minimum", "maximum", "met"),
    [
        (6.5, 6.5, None, True),
        (6.4, 6.5, None, False),
        (0.25, None, 0.25, True),
        (0.3, None, 0.25, False),
    ],
)
def test_a_goal_is_met_at_its_value(value, minimum, maximum, met):
    assert Ratio("x", value, value, value, minimum, maximum).met is met


def test_the_overload_is_compared_with_the_best_of_the_others():
    made = figures()
    made["shop", "order, 1 line, 64 clients"] = [measurement(1000.0)] * 3
    made["shop", "order, 1 line, 160 clients (overload)"] = [measurement(750.0)] * 3

    found = {ratio.name: ratio.value for ratio in ratios(made)}

    assert found["orders/s, 160 clients ÷ best"] == 0.75


def test_targets_rotate_each_round():
    class Idle:
        def __init__(self, name):
            self.name, self.leaders = name, []

        def run_load(self, load, profile, meter):
            return Outcome(1.0, 0.0, 0.0, {"201": 1})

    targets = [Idle("shop"), Idle("django_tutorial"), Idle("pgbench")]
    began = []

    order = [
        name
        for name, _, _ in rounds(targets, [ONE], LoadProfile(0.0, 1.0), 3, lambda: began.append(1))
    ]

    assert order == [
        "shop",
        "django_tutorial",
        "pgbench",
        "django_tutorial",
        "pgbench",
        "shop",
        "pgbench",
        "shop",
        "django_tutorial",
    ]
    assert len(began) == 3
    assert measure(targets[0], ONE, LoadProfile(0.0, 1.0)).processor == 0.0


def test_table_has_every_load_target_and_goal():
    text = report_table.render(report())

    assert all(load.name in text for load in LOADS)
    for name in ALL_TARGETS:
        assert text.count(f"  {name} ") == sum(name in load.targets for load in set(LOADS))
    assert all(goal.name in text for goal in GOALS)
    assert "512 MB; goal ≤ 600 MB: met (order 112, postgres 400)" in text
    assert "Spans of an order with tracing: 5.00; goal ≥ 5: met" in text
    assert "WARNING" not in text


def test_a_missed_goal_is_marked():
    assert "NOT MET" in report_table.render(report(made=figures(ours=300.0)))


def test_missing_spans_are_reported():
    found = replace(report(), spans_per_order=4.9)

    assert "Spans of an order with tracing: 4.90; goal ≥ 5: NOT MET" in report_table.render(found)


def test_other_load_on_the_host_is_a_warning():
    made = figures()
    for name in ALL_TARGETS:
        made[name, FEW.name] = [measurement(other_load=0.4)] * 3

    assert "WARNING: other processes used the CPU during 15 of" in report_table.render(
        report(made=made)
    )


def test_a_report_is_restored_from_json():
    written = report().as_json()

    assert Report.from_json(written) == report()
    assert {each["name"]: each["value"] for each in json.loads(written)["ratios"]} == {
        each.name: each.value for each in report().ratios
    }


def test_the_plot_is_well_formed_and_has_a_bar_for_each_ratio():
    found = ratios(figures())
    image = ElementTree.fromstring(svg.draw(found, "A <caption> & more"))

    bars = [element for element in image.iter() if element.tag.endswith("rect")]
    texts = [element.text for element in image.iter() if element.tag.endswith("text")]
    assert len(bars) == len(found)
    assert [bar.get("class") for bar in bars] == [
        "met" if ratio.met else "missed" for ratio in found
    ]
    assert all(0 < float(bar.get("width", "0")) <= svg.MAX_RATIO * svg.UNIT for bar in bars)
    assert {ratio.name for ratio in found} < set(texts)
    assert "prefers-color-scheme: dark" in svg.STYLE


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / publish.PAGE).write_text(
        "# Shop\n\n<!-- benchmark -->\nold figures\n<!-- /benchmark -->\n\n## Next\n"
    )
    return tmp_path


def test_a_run_is_published_between_the_markers_of_the_page(root):
    publish.publish(report(), root)
    publish.publish(report(), root)

    text = (root / publish.PAGE).read_text()
    assert text.startswith("# Shop\n\n<!-- benchmark -->\n![The ratios as bars](benchmark.svg)\n")
    assert text.endswith("\n<!-- /benchmark -->\n\n## Next\n")
    assert "old figures" not in text
    assert all(text.count(f"| {goal.name} |") == 1 for goal in GOALS)
    assert "2026-11-22, 2 cores (A <fast> one & more), 8 GiB" in text
    ElementTree.parse(root / "docs" / "benchmark.svg")


def test_a_short_run_is_not_published(root):
    before = (root / publish.PAGE).read_text()

    with pytest.raises(StackError, match="short run"):
        publish.publish(report(short=True), root)

    assert (root / publish.PAGE).read_text() == before
    assert not (root / "docs" / "benchmark.svg").exists()


def test_a_page_without_markers_is_not_changed(root):
    (root / publish.PAGE).write_text("# Shop\n")

    with pytest.raises(StackError, match="no benchmark block"):
        publish.publish(report(), root)


def test_the_median_of_the_middle_round_is_shown():
    row = next(
        line for line in report_table.render(report()).splitlines() if line.startswith(FEW.name)
    )

    assert f"{median([630, 700, 840]):.0f}" in row


def test_a_missing_figure_misses_the_goal():
    made = figures()
    made["fastapi", FEW.name] = [summarize(Outcome(2.0, 0.1, 0.5, {}), other_load=0.0)] * 3

    found = report(made=made)
    ratio = next(each for each in found.ratios if each.name == "orders/s ÷ fastapi, 1 line")

    assert not ratio.met
    assert "–" in report_table.render(found)
    assert 'width="0"' in svg.draw([ratio], "")
    assert "NaN" not in found.as_json()

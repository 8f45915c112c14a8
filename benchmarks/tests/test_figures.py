"""What becomes of the figures of a run: ratios, a table, a plot, a block in README."""

import json
from dataclasses import replace
from pathlib import Path
from statistics import median
from xml.etree import ElementTree

import pytest

from benchmarks import publish, svg, table
from benchmarks.contenders import Outcome
from benchmarks.loads import EVERYBODY, FEW, LOADS, ONE, Pace
from benchmarks.measuring import measure, percentile, rounds, summed_up
from benchmarks.ratios import AIMS, Ratio, ratios
from benchmarks.report import Report
from benchmarks.tests.figures import figures, measurement, report
from local_stack import StackError


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.5, None), ([7.0], 0.99, 7.0), ([1.0, 2.0, 3.0, 4.0], 0.5, 2.0), ([1.0, 2.0, 3.0], 0.99, 3.0)],
)
def test_a_percentile_is_one_of_the_values(values, share, expected):
    assert percentile(values, share) == expected


def test_what_a_generator_saw_is_summed_up_for_each_order():
    outcome = Outcome(2.0, 0.1, 0.5, {"201": 100, "503": 7, "409": 2, "broken": 1}, [0.001 * n for n in range(1, 101)])

    found = summed_up(outcome, elsewhere=0.25)

    assert (found.rate, found.processor, found.generator, found.failed, found.refused) == (50.0, 5.0, 1.0, 3, 7)
    assert (found.p50, found.p99, found.elsewhere) == (50.0, 99.0, 0.25)


def test_a_contender_that_does_nothing_has_no_price():
    found = summed_up(Outcome(2.0, 0.1, 0.5, {"500": 4}), elsewhere=0.0)

    assert (found.rate, found.processor, found.p50, found.failed) == (0.0, None, None, 4)


def test_a_ratio_is_the_median_of_those_of_each_round():
    made = figures()
    made["ours", FEW.name] = [measurement(rate) for rate in (600.0, 700.0, 900.0)]
    made["usual", FEW.name] = [measurement(rate) for rate in (100.0, 50.0, 100.0)]

    found = ratios(made)[0]

    assert (found.name, found.value, found.low, found.high) == ("orders/s ÷ usual, 1 line", 9.0, 6.0, 14.0)


@pytest.mark.parametrize(
    ("value", "least", "most", "met"),
    [(6.5, 6.5, None, True), (6.4, 6.5, None, False), (0.25, None, 0.25, True), (0.3, None, 0.25, False)],
)
def test_an_aim_is_met_from_itself_on(value, least, most, met):
    assert Ratio("x", value, value, value, least, most).met is met


def test_the_overload_is_compared_with_the_best_of_the_others():
    made = figures()
    made["ours", "order, 1 line, 64 clients"] = [measurement(1000.0)] * 3
    made["ours", "order, 1 line, 160 clients (overload)"] = [measurement(750.0)] * 3

    found = {ratio.name: ratio.value for ratio in ratios(made)}

    assert found["orders/s, 160 clients ÷ best"] == 0.75


def test_rounds_take_turns():
    class Idle:
        def __init__(self, name):
            self.name, self.leaders = name, []

        def carry_out(self, load, pace, meter):
            return Outcome(1.0, 0.0, 0.0, {"201": 1})

    contenders = [Idle("ours"), Idle("usual"), Idle("floor")]
    began = []

    order = [name for name, _, _ in rounds(contenders, [ONE], Pace(0.0, 1.0), 3, lambda: began.append(1))]

    assert order == ["ours", "usual", "floor", "usual", "floor", "ours", "floor", "ours", "usual"]
    assert len(began) == 3
    assert measure(contenders[0], ONE, Pace(0.0, 1.0)).processor == 0.0


def test_the_table_has_every_load_every_contender_and_every_aim():
    text = table.render(report())

    assert all(load.name in text for load in LOADS)
    for name in EVERYBODY:
        assert text.count(f"  {name} ") == sum(name in load.contenders for load in set(LOADS))
    assert all(aim.name in text for aim in AIMS)
    assert "512 MB; aim ≤ 600 MB: met (order 112, postgres 400)" in text
    assert "Spans of an order with traces: 5.00; aim ≥ 5: met" in text
    assert "WARNING" not in text


def test_a_missed_aim_is_said_aloud():
    assert "NOT MET" in table.render(report(made=figures(ours=300.0)))


def test_missing_spans_are_reported():
    found = replace(report(), spans_per_order=4.9)

    assert "Spans of an order with traces: 4.90; aim ≥ 5: NOT MET" in table.render(found)


def test_a_busy_machine_is_said_aloud():
    made = figures()
    for name in EVERYBODY:
        made[name, FEW.name] = [measurement(elsewhere=0.4)] * 3

    assert "WARNING: during 15 of" in table.render(report(made=made))


def test_a_report_survives_being_written():
    written = report().as_json()

    assert Report.from_json(written) == report()
    assert {each["name"]: each["value"] for each in json.loads(written)["ratios"]} == {
        each.name: each.value for each in report().ratios
    }


def test_the_plot_is_well_formed_and_has_a_bar_for_each_ratio():
    found = ratios(figures())
    image = ElementTree.fromstring(svg.draw(found, "A <caption> & more"))

    bars = [element for element in image.iter() if element.tag.endswith("rect")]
    words = [element.text for element in image.iter() if element.tag.endswith("text")]
    assert len(bars) == len(found)
    assert [bar.get("class") for bar in bars] == ["met" if ratio.met else "missed" for ratio in found]
    assert all(0 < float(bar.get("width", "0")) <= svg.MOST * svg.UNIT for bar in bars)
    assert {ratio.name for ratio in found} < set(words)
    assert "prefers-color-scheme: dark" in svg.STYLE


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("# Shop\n\n<!-- benchmark -->\nold figures\n<!-- /benchmark -->\n\n## Next\n")
    return tmp_path


def test_a_run_is_published_between_the_markers_of_the_readme(root):
    publish.publish(report(), root)
    publish.publish(report(), root)

    text = (root / "README.md").read_text()
    assert text.startswith("# Shop\n\n<!-- benchmark -->\n![The ratios as bars](docs/benchmark.svg)\n")
    assert text.endswith("\n<!-- /benchmark -->\n\n## Next\n")
    assert "old figures" not in text
    assert all(text.count(f"| {aim.name} |") == 1 for aim in AIMS)
    assert "2026-11-22, 2 cores (A <fast> one & more), 8 GiB" in text
    ElementTree.parse(root / "docs" / "benchmark.svg")


def test_a_short_run_is_not_published(root):
    before = (root / "README.md").read_text()

    with pytest.raises(StackError, match="short run"):
        publish.publish(report(short=True), root)

    assert (root / "README.md").read_text() == before
    assert not (root / "docs" / "benchmark.svg").exists()


def test_a_readme_without_a_place_for_it_is_left_alone(root):
    (root / "README.md").write_text("# Shop\n")

    with pytest.raises(StackError, match="no place"):
        publish.publish(report(), root)


def test_the_median_of_the_middle_round_is_shown():
    row = next(line for line in table.render(report()).splitlines() if line.startswith(FEW.name))

    assert f"{median([630, 700, 840]):.0f}" in row


def test_what_could_not_be_measured_is_not_met_and_drawn_as_nothing():
    made = figures()
    made["async", FEW.name] = [summed_up(Outcome(2.0, 0.1, 0.5, {}), elsewhere=0.0)] * 3

    found = report(made=made)
    ratio = next(each for each in found.ratios if each.name == "orders/s ÷ async, 1 line")

    assert not ratio.met
    assert "–" in table.render(found)
    assert 'width="0"' in svg.draw([ratio], "")
    assert "NaN" not in found.as_json()

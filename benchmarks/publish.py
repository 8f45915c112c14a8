"""Writes the ratios of a run to docs/performance.md, between two markers, and their plot."""

from pathlib import Path

from benchmarks import report_table, svg
from benchmarks.ratios import Ratio
from benchmarks.report import Report
from local_stack import StackError
from local_stack.topology import REPOSITORY

BEGIN, END = "<!-- benchmark -->", "<!-- /benchmark -->"
PAGE = "docs/performance.md"
PLOT = "benchmark.svg"


def publish(report: Report, root: Path = REPOSITORY) -> None:
    if report.short:
        raise StackError("The figures of a short run are not meaningful and are not published.")
    page = root / PAGE
    page.write_text(with_block(page.read_text(), block(report)))
    page.with_name(PLOT).write_text(svg.draw(report.ratios, caption(report)))


def with_block(text: str, block: str) -> str:
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise StackError(f"{PAGE} has no benchmark block: the lines {BEGIN} and {END} are missing.")
    return f"{before}{BEGIN}\n{block}\n{END}{after}"


def block(report: Report) -> str:
    rows = ["| ratio | goal | measured | |", "|---|---|---|---|", *map(_row, report.ratios)]
    parts = [
        f"![The ratios as bars]({PLOT})",
        "\n".join(rows),
        f"{report_table.memory(report)}.",
        f"{report_table.spans(report)}.",
        f"Unless stated otherwise: orders of 1 line from 16 clients; medians of {report.rounds} "
        "rounds. "
        f"{report_table.about(report)}.",
        report.warning,
    ]
    return "\n\n".join(part for part in parts if part)


def caption(report: Report) -> str:
    return (
        f"{report.date}, {report.machine['cores']} cores, {report.machine['memory_gib']} GiB; bars "
        "beyond the line meet the goal"
    )


def _row(ratio: Ratio) -> str:
    return (
        f"| {ratio.name} | {ratio.goal} | {report_table.number(ratio.value)} | "
        f"{'met' if ratio.met else '**not met**'} |"
    )

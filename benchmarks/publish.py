"""Puts a run's ratios into README.md, between its two markers, and the plot beside it into docs/."""

from pathlib import Path

from benchmarks import svg, table
from benchmarks.ratios import Ratio
from benchmarks.report import Report
from local_stack import StackError
from local_stack.topology import REPOSITORY

BEGIN, END = "<!-- benchmark -->", "<!-- /benchmark -->"
PLOT = "docs/benchmark.svg"


def publish(report: Report, root: Path = REPOSITORY) -> None:
    if report.short:
        raise StackError("The figures of a short run mean nothing and are not published.")
    readme = root / "README.md"
    readme.write_text(with_block(readme.read_text(), block(report)))
    (root / PLOT).write_text(svg.draw(report.ratios, caption(report)))


def with_block(text: str, block: str) -> str:
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise StackError(f"README.md has no place for the benchmark: the lines {BEGIN} and {END} are missing.")
    return f"{before}{BEGIN}\n{block}\n{END}{after}"


def block(report: Report) -> str:
    rows = ["| ours | aim | is | |", "|---|---|---|---|", *map(_row, report.ratios)]
    parts = [
        f"![The ratios as bars]({PLOT})",
        "\n".join(rows),
        f"{table.memory(report)}.",
        f"{table.spans(report)}.",
        f"An order of 1 line from 16 clients where nothing else is said; medians of {report.rounds} rounds. {table.about(report)}.",
        report.warning,
    ]
    return "\n\n".join(part for part in parts if part)


def caption(report: Report) -> str:
    return f"{report.date}, {report.machine['cores']} cores, {report.machine['memory_gib']} GiB; to the right of the line it is met"


def _row(ratio: Ratio) -> str:
    return f"| {ratio.name} | {ratio.aim} | {table.number(ratio.value)} | {'met' if ratio.met else '**not met**'} |"

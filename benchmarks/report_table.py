"""The report as text."""

import math
from statistics import median

from benchmarks.measurement import Figures
from benchmarks.ratios import Ratio
from benchmarks.report import MAX_MEGABYTES, MIN_SPANS, Report

HEADS = (
    "load",
    "target",
    "per s",
    "p50 ms",
    "p99 ms",
    "processor ms",
    "generator ms",
    "503",
    "failed",
)


def render(report: Report) -> str:
    parts = [
        _aligned([HEADS, *_figures(report.figures)], left=2),
        f"Medians of {report.rounds} rounds of {report.seconds:g} s each. Processor time is that "
        "of services, worker and "
        "PostgreSQL per request.",
        _aligned(
            [("shop", "goal", "is", "lowest", "highest", ""), *map(_ratio, report.ratios)], left=1
        ),
        memory(report),
        spans(report),
        about(report),
        report.warning,
    ]
    return "\n\n".join(part for part in parts if part)


def memory(report: Report) -> str:
    whole = sum(report.memory.values())
    verdict = "met" if whole <= MAX_MEGABYTES else "NOT MET"
    parts = ", ".join(f"{name} {megabytes:.0f}" for name, megabytes in report.memory.items())
    return (
        f"Memory of the whole system (sum of PSS): {whole:.0f} MB; goal ≤ {MAX_MEGABYTES} MB: "
        f"{verdict} ({parts})"
    )


def spans(report: Report) -> str:
    verdict = "met" if report.spans_per_order >= MIN_SPANS else "NOT MET"
    return (
        f"Spans of an order with tracing: {number(report.spans_per_order)}; goal ≥ {MIN_SPANS}: "
        f"{verdict}"
    )


def about(report: Report) -> str:
    machine, postgresql = report.machine, report.postgresql
    settings = ", ".join(
        f"{name} {value}" for name, value in postgresql.items() if name != "server_version"
    )
    return (
        f"{report.date}, {machine['cores']} cores ({machine['processor']}), "
        f"{machine['memory_gib']} GiB, "
        f"Python {machine['python']}, PostgreSQL {postgresql['server_version']} ({settings}), "
        f"{report.products:,} products"
    )


def _figures(figures: Figures) -> list[tuple[str, ...]]:
    rows, before = [], ""
    for (target, load), each in sorted(
        figures.items(), key=lambda item: _position(figures, item[0][1])
    ):
        numbers = [
            _number([getattr(m, name) for m in each])
            for name in ("rate", "p50", "p99", "processor", "generator")
        ]
        counts = [str(sum(getattr(m, name) for m in each) or "") for name in ("rejected", "failed")]
        rows.append((load if load != before else "", target, *numbers, *counts))
        before = load
    return rows


def _position(figures: Figures, load: str) -> int:
    return [name for _, name in figures].index(load)


def _ratio(ratio: Ratio) -> tuple[str, ...]:
    numbers = (number(each) for each in (ratio.value, ratio.low, ratio.high))
    return (ratio.name, ratio.goal, *numbers, "met" if ratio.met else "NOT MET")


def _number(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    return number(median(known)) if known else ""


def number(value: float) -> str:
    """Three significant digits, or all digits before the decimal point."""
    if math.isnan(value):
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _aligned(rows: list[tuple[str, ...]], left: int) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            f"{cell:{'<' if at < left else '>'}{width}}"
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )

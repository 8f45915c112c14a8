"""`make bench-growth`: latency of every list, get, search and order with a million rows, relative
to a thousand rows.

    python -m benchmarks.scaling [--rows N] [--rounds N] [--json FILE]

Fills two systems with temporary data and sends them requests alternately, from one client each.
Compares the medians of the latencies. The last lines are ratios; missed goals do not change the
exit status.
"""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import host_metrics, scaling_rows, system_under_test
from benchmarks.scaling_shop import PLACING, READS, SEARCHES, ScalingShop
from local_stack import StackError
from local_stack.exec_wrapper import exit_with_parent

FEW, MANY = 1_000, 1_000_000
ROUNDS, WARMING = 61, 5
MAX_RATIO, MAX_SEARCH_RATIO = 1.5, 20.0
GET = "product"
"""A search is compared with this request."""


@dataclass(frozen=True)
class ScalingResult:
    name: str
    few: float
    """Milliseconds, with a thousand rows."""
    many: float
    ratio: float
    goal: float

    @property
    def met(self) -> bool:
        return self.ratio <= self.goal


def run(rows: int, rounds: int) -> list[ScalingResult]:
    with ExitStack() as running:
        shops = {
            size: ScalingShop(running.enter_context(system_under_test.started()))
            for size in (FEW, rows)
        }
        for size, shop in shops.items():
            began = time.monotonic()
            scaling_rows.fill_all(shop.stack, size, shop.buyer_id)
            sys.stderr.write(
                f"{size:,} products, stock rows and orders in {time.monotonic() - began:.0f} s\n"
            )
        for size, shop in shops.items():
            shop.begin(size)
        return _rows(shops[FEW], shops[rows], rounds)


def _rows(few: ScalingShop, many: ScalingShop, rounds: int) -> list[ScalingResult]:
    found = []
    for name in (*READS, *PLACING, *SEARCHES):
        times = _interleaved(few, many, name, rounds)
        sys.stderr.write(f"{name}\n" if sys.stderr.isatty() else "")
        found.append((name, *times))
    get = next(times[1] for name, *times in found if name == GET)
    return [
        ScalingResult(name, small, large, large / get, MAX_SEARCH_RATIO)
        if name in SEARCHES
        else ScalingResult(name, small, large, large / small, MAX_RATIO)
        for name, small, large in found
    ]


def _interleaved(
    few: ScalingShop, many: ScalingShop, name: str, rounds: int
) -> tuple[float, float]:
    taken: dict[ScalingShop, list[float]] = {few: [], many: []}
    for number in range(rounds + WARMING):
        for shop in (few, many) if number % 2 else (many, few):
            taken[shop].append(shop.timed(name))
    small, large = (median(taken[shop][WARMING:]) * 1000 for shop in (few, many))
    return small, large


def rendered(rows: Sequence[ScalingResult], size: int) -> str:
    lines = [f"{'median of a request, ms':<44}{FEW:>10,}{size:>12,}{'ratio':>8}{'goal':>7}"]
    for row in rows:
        note = "" if row.met else "  <--"
        lines.append(
            f"{row.name:<44}{row.few:>10.2f}{row.many:>12.2f}{row.ratio:>8.2f}{row.goal:>7.1f}{note}"
        )
    lines.append(
        f"Searches: relative to the get of a {GET}, {size:,} rows; others: to the same request, "
        f"{FEW:,} rows."
    )
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    if options.end_with_parent:
        exit_with_parent(os.getppid(), int(signal.SIGTERM))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    began = time.monotonic()
    try:
        rows = run(options.rows, options.rounds)
    except KeyboardInterrupt:
        return 130
    except (StackError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{rendered(rows, options.rows)}\nTook {time.monotonic() - began:.0f} s.\n")
    if options.json:
        options.json.write_text(json.dumps(_facts(rows, options), indent=1))
    return 0


def _facts(rows: Sequence[ScalingResult], options: argparse.Namespace) -> dict[str, Any]:
    about = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": host_metrics.description(),
        "rows": options.rows,
        "rounds": options.rounds,
    }
    return about | {"figures": [asdict(row) | {"met": row.met} for row in rows]}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "bench-growth", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=MANY, help="rows of the larger system")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="repetitions of each request")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE")
    parser.add_argument(
        "--end-with-parent", action="store_true", help="exit when the parent process exits"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

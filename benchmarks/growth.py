"""`make bench-growth`: what every list, get and order costs in a shop of a million, beside the same in a shop of a thousand.

    python -m benchmarks.growth [--rows N] [--rounds N] [--json FILE]

Two systems with data that is thrown away are filled and asked in turns, by one client each; what counts is the median of each
request's times. The last lines are ratios; exit status 0 whether they are within their aims or not.
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

from benchmarks import growth_rows, machine, ours
from benchmarks.growth_shop import PLACING, READINGS, SEARCHES, GrowingShop
from local_stack import StackError
from local_stack.exec_wrapper import exit_with_parent

FEW, MANY = 1_000, 1_000_000
ROUNDS, WARMING = 61, 5
MOST, MOST_OF_A_SEARCH = 1.5, 20.0
GET = "product"
"""What a search is measured by."""


@dataclass(frozen=True)
class Row:
    name: str
    few: float
    """Milliseconds, with a thousand rows."""
    many: float
    ratio: float
    aim: float

    @property
    def met(self) -> bool:
        return self.ratio <= self.aim


def run(rows: int, rounds: int) -> list[Row]:
    with ExitStack() as running:
        shops = {size: GrowingShop(running.enter_context(ours.started())) for size in (FEW, rows)}
        for size, shop in shops.items():
            began = time.monotonic()
            growth_rows.fill_all(shop.stack, size, shop.buyer_id)
            sys.stderr.write(f"{size:,} products, stock rows and orders in {time.monotonic() - began:.0f} s\n")
        for size, shop in shops.items():
            shop.begin(size)
        return _rows(shops[FEW], shops[rows], rounds)


def _rows(few: GrowingShop, many: GrowingShop, rounds: int) -> list[Row]:
    found = []
    for name in (*READINGS, *PLACING, *SEARCHES):
        times = _interleaved(few, many, name, rounds)
        sys.stderr.write(f"{name}\n" if sys.stderr.isatty() else "")
        found.append((name, *times))
    get = next(times[1] for name, *times in found if name == GET)
    return [
        Row(name, small, large, large / get, MOST_OF_A_SEARCH) if name in SEARCHES else Row(name, small, large, large / small, MOST)
        for name, small, large in found
    ]


def _interleaved(few: GrowingShop, many: GrowingShop, name: str, rounds: int) -> tuple[float, float]:
    taken: dict[GrowingShop, list[float]] = {few: [], many: []}
    for number in range(rounds + WARMING):
        for shop in (few, many) if number % 2 else (many, few):
            taken[shop].append(shop.timed(name))
    small, large = (median(taken[shop][WARMING:]) * 1000 for shop in (few, many))
    return small, large


def rendered(rows: Sequence[Row], size: int) -> str:
    lines = [f"{'median of a request, ms':<44}{FEW:>10,}{size:>12,}{'ratio':>8}{'aim':>7}"]
    for row in rows:
        note = "" if row.met else "  <--"
        lines.append(f"{row.name:<44}{row.few:>10.2f}{row.many:>12.2f}{row.ratio:>8.2f}{row.aim:>7.1f}{note}")
    lines.append(f"A search's ratio is to the get of a {GET} among {size:,}; every other one to the same with {FEW:,} rows.")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    wanted = _parser().parse_args(arguments)
    if wanted.end_with_parent:
        exit_with_parent(os.getppid(), int(signal.SIGTERM))
    signal.signal(signal.SIGTERM, _interrupt)
    began = time.monotonic()
    try:
        rows = run(wanted.rows, wanted.rounds)
    except KeyboardInterrupt:
        return 130
    except (StackError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{rendered(rows, wanted.rows)}\nTook {time.monotonic() - began:.0f} s.\n")
    if wanted.json:
        wanted.json.write_text(json.dumps(_facts(rows, wanted), indent=1))
    return 0


def _facts(rows: Sequence[Row], wanted: argparse.Namespace) -> dict[str, Any]:
    about = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine.description(),
        "rows": wanted.rows,
        "rounds": wanted.rounds,
    }
    return about | {"figures": [asdict(row) | {"met": row.met} for row in rows]}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("bench-growth", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=MANY, help="of the larger shop")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="times that each request is sent to each shop")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there")
    parser.add_argument("--end-with-parent", action="store_true", help="stop when the process that started this one ends")
    return parser


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

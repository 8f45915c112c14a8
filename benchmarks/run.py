"""Starts everybody, measures, and writes the report."""

import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks import machine, measuring, ours
from benchmarks.contenders import Contender
from benchmarks.floor import Floor
from benchmarks.loads import FEW, LOADS, Pace
from benchmarks.measuring import Figures, measure
from benchmarks.report import Report
from benchmarks.yardstick import Asynchronous, Usual
from local_stack import Stack, StackError
from local_stack.catalogue import POSTGRES
from local_stack.progress import Bar

SETTINGS = ("server_version", "fsync", "synchronous_commit", "full_page_writes")


@dataclass(frozen=True)
class Plan:
    pace: Pace
    rounds: int
    products: int
    warming: Pace
    """For everybody once at the beginning, before anything counts."""


FULL = Plan(Pace(0.7, 3.0), rounds=3, products=10_000, warming=Pace(2.0, 1.0))
SHORT = Plan(Pace(0.2, 0.5), rounds=1, products=500, warming=Pace(0.0, 0.5))


def run(plan: Plan) -> Report:
    began = time.monotonic()
    progress = Bar(sys.stderr)
    progress("starting the system")
    with ours.started() as stack:
        postgresql = settings(stack)
        with contenders(stack, plan, progress) as (everybody, system, memory):
            figures = _figures(everybody, system, plan, progress)
    progress.clear()
    sys.stdout.write(f"Took {time.monotonic() - began:.0f} s.\n\n")
    moment = f"{datetime.now(UTC):%Y-%m-%d}"
    short = plan is SHORT
    return Report(
        moment, machine.description(), postgresql, short, plan.rounds, plan.pace.seconds, plan.products, memory, dict(figures)
    )


@contextmanager
def contenders(stack: Stack, plan: Plan, progress: Bar) -> Iterator[tuple[list[Contender], ours.Ours, dict[str, float]]]:
    """Everybody, our system among them, and its memory while it was still alone: programs share pages with their like."""
    progress("filling its catalogue")
    system = ours.Ours(stack, plan.products)
    system.sign_in()
    measure(system, FEW, plan.warming)
    memory = system.memory()
    progress("starting the yardsticks")
    server = stack.pids(POSTGRES)[:1]
    everybody: list[Contender] = [system]
    with ExitStack() as resources:
        for kind in (Usual, Asynchronous):
            yardstick = resources.enter_context(kind(stack.cluster, stack.data.logs, server, plan.products))
            everybody.append(yardstick.contender())
        everybody.append(Floor(stack.cluster, server, plan.products))
        for contender in everybody[1:]:
            measure(contender, FEW, plan.warming)
        yield everybody, system, memory


def _figures(everybody: list[Contender], system: ours.Ours, plan: Plan, progress: Bar) -> Figures:
    count = measuring.how_many(everybody, LOADS, plan.rounds)
    figures: Figures = defaultdict(list)
    progress("measuring")
    for number, (contender, load, measurement) in enumerate(
        measuring.rounds(everybody, LOADS, plan.pace, plan.rounds, system.sign_in), 1
    ):
        figures[contender, load].append(measurement)
        progress(f"{load}: {contender} {measurement.rate:.0f}/s", number / count)
    return figures


def settings(stack: Stack) -> dict[str, str]:
    with stack.database_session() as session, session.cursor() as cursor:
        found = {}
        for name in SETTINGS:
            cursor.execute(f"SHOW {name}")
            row = cursor.fetchone()
            found[name] = str(row[0]) if row else ""
    if "off" in found.values():
        raise StackError(f"PostgreSQL is not durable ({found}), so a commit would cost nothing here.")
    return found

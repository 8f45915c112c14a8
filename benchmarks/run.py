"""Starts everybody, measures, and writes the report."""

import sys
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks import machine, measuring, ours, trace_sink
from benchmarks.contenders import Contender
from benchmarks.floor import Floor
from benchmarks.loads import FEW, LOADS, MIXED, TRACED, Pace
from benchmarks.measuring import Figures, measure
from benchmarks.report import Report
from benchmarks.shop_client import ShopClient
from benchmarks.yardstick import Asynchronous, Usual
from local_stack import Stack, StackError
from local_stack.progress import Bar
from local_stack.topology import POSTGRES

SAMPLE = 20
"""Orders, from which the spans of one are counted."""
SETTINGS = ("server_version", "fsync", "synchronous_commit", "full_page_writes")


@dataclass(frozen=True)
class Plan:
    pace: Pace
    rounds: int
    products: int
    warming: Pace
    """For everybody once at the beginning, before anything counts."""


FULL = Plan(Pace(0.5, 2.5), rounds=3, products=10_000, warming=Pace(2.0, 1.0))
SHORT = Plan(Pace(0.2, 0.5), rounds=1, products=500, warming=Pace(0.0, 0.5))


def run(plan: Plan) -> Report:
    began = time.monotonic()
    progress = Bar(sys.stderr)
    progress("starting the system")
    with ExitStack() as resources:
        stack = resources.enter_context(ours.started())
        postgresql = settings(stack)
        system, memory = _system(stack, plan, progress)
        traced, spans = _traced(resources, plan, progress)
        everybody = [system, *_baselines(resources, stack, plan, progress), traced]
        figures = _figures(everybody, [system, traced], plan, progress)
    progress.clear()
    sys.stdout.write(f"Took {time.monotonic() - began:.0f} s.\n\n")
    return Report(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=machine.description(),
        postgresql=postgresql,
        short=plan is SHORT,
        rounds=plan.rounds,
        seconds=plan.pace.seconds,
        products=plan.products,
        memory=memory,
        spans_per_order=spans,
        figures=dict(figures),
    )


def _system(stack: Stack, plan: Plan, progress: Bar) -> tuple[ours.Ours, dict[str, float]]:
    """Ours, and its memory while it is alone: programs share pages with others of their kind."""
    progress("filling its catalogue")
    system = ours.Ours(stack, plan.products)
    system.sign_in()
    measure(system, FEW, plan.warming)
    system.sign_in()  # there are orders now
    for load in MIXED:
        progress(f"memory: {load.name}")
        measure(system, load, plan.warming)
    return system, system.memory()


def _traced(resources: ExitStack, plan: Plan, progress: Bar) -> tuple[ours.Ours, float]:
    """Ours with traces switched on, and how many spans arrive for each order."""
    progress("starting the system with traces")
    sink = resources.enter_context(trace_sink.running())
    variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.endpoint}
    stack = resources.enter_context(ours.started(variables=variables))
    system = ours.Ours(stack, plan.products, TRACED)
    system.sign_in()
    before = sink.settled_spans()
    ShopClient(stack.ports, system.tokens).place_orders(system.product_ids[0], SAMPLE)
    spans = (sink.settled_spans() - before) / SAMPLE
    measure(system, FEW, plan.warming)
    return system, spans


def _baselines(resources: ExitStack, stack: Stack, plan: Plan, progress: Bar) -> list[Contender]:
    progress("starting the yardsticks")
    server = stack.pids(POSTGRES)[:1]
    floor = Floor(stack.cluster, server, plan.products)
    measure(floor, FEW, plan.warming)
    found: list[Contender] = [floor]
    for kind in (Asynchronous, Usual):
        yardstick = resources.enter_context(kind(stack.cluster, stack.data.logs, server, plan.products))
        target = yardstick.contender()
        measure(target, FEW, plan.warming)
        target.orders = ShopClient(target.ports, target.tokens).orders()
        found.insert(0, target)
    return found


def _figures(everybody: list[Contender], systems: list[ours.Ours], plan: Plan, progress: Bar) -> Figures:
    def sign_in() -> None:
        for system in systems:
            system.sign_in()

    count = measuring.how_many(everybody, LOADS, plan.rounds)
    figures: Figures = defaultdict(list)
    progress("measuring")
    for number, (contender, load, measurement) in enumerate(measuring.rounds(everybody, LOADS, plan.pace, plan.rounds, sign_in), 1):
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

"""Starts all targets, measures, and returns the report."""

import sys
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks import host_metrics, system_under_test, trace_sink
from benchmarks.baseline import DjangoTutorial, FastAPIBaseline
from benchmarks.loads import FEW, LOADS, MIXED, TRACED, LoadProfile
from benchmarks.measurement import Figures, count_measurements, measure, rounds
from benchmarks.pgbench import PgBench
from benchmarks.report import Report
from benchmarks.shop_setup import BenchmarkShop
from benchmarks.targets import Target
from local_stack import Stack, StackError
from local_stack.progress import Bar
from local_stack.topology import POSTGRES

SAMPLE = 20
"""Orders for counting the spans."""
SETTINGS = ("server_version", "fsync", "synchronous_commit", "full_page_writes")


@dataclass(frozen=True)
class Plan:
    profile: LoadProfile
    rounds: int
    products: int
    warming: LoadProfile
    """Of each target, once at the start."""


FULL = Plan(LoadProfile(0.5, 2.5), rounds=3, products=10_000, warming=LoadProfile(2.0, 1.0))
SHORT = Plan(LoadProfile(0.2, 0.5), rounds=1, products=500, warming=LoadProfile(0.0, 0.5))


def run(plan: Plan) -> Report:
    began = time.monotonic()
    progress = Bar(sys.stderr)
    progress("starting the system")
    with ExitStack() as resources:
        stack = resources.enter_context(system_under_test.started())
        postgresql = settings(stack)
        system, memory = _system(stack, plan, progress)
        traced, spans = _traced(resources, plan, progress)
        targets = [system, *_baselines(resources, stack, plan, progress), traced]
        figures = _figures(targets, [system, traced], plan, progress)
    progress.clear()
    sys.stdout.write(f"Took {time.monotonic() - began:.0f} s.\n\n")
    return Report(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=host_metrics.description(),
        postgresql=postgresql,
        short=plan is SHORT,
        rounds=plan.rounds,
        seconds=plan.profile.seconds,
        products=plan.products,
        memory=memory,
        spans_per_order=spans,
        figures=dict(figures),
    )


def _system(
    stack: Stack, plan: Plan, progress: Bar
) -> tuple[system_under_test.ShopTarget, dict[str, float]]:
    """The system, and its memory before other targets share pages with it."""
    progress("creating its products")
    system = system_under_test.ShopTarget(stack, plan.products)
    system.sign_in()
    measure(system, FEW, plan.warming)
    system.sign_in()  # now with orders
    for load in MIXED:
        progress(f"memory: {load.name}")
        measure(system, load, plan.warming)
    return system, system.memory()


def _traced(
    resources: ExitStack, plan: Plan, progress: Bar
) -> tuple[system_under_test.ShopTarget, float]:
    """The system with tracing, and the spans received per order."""
    progress("starting the system with traces")
    sink = resources.enter_context(trace_sink.running())
    variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.endpoint}
    stack = resources.enter_context(system_under_test.started(variables=variables))
    system = system_under_test.ShopTarget(stack, plan.products, TRACED)
    system.sign_in()
    before = sink.settled_spans()
    BenchmarkShop(stack.ports, system.tokens).place_orders(system.product_ids[0], SAMPLE)
    spans = (sink.settled_spans() - before) / SAMPLE
    measure(system, FEW, plan.warming)
    return system, spans


def _baselines(resources: ExitStack, stack: Stack, plan: Plan, progress: Bar) -> list[Target]:
    progress("starting the baselines")
    server = stack.pids(POSTGRES)[:1]
    pgbench = PgBench(stack.cluster, server, plan.products)
    measure(pgbench, FEW, plan.warming)
    found: list[Target] = [pgbench]
    for kind in (FastAPIBaseline, DjangoTutorial):
        baseline = resources.enter_context(
            kind(stack.cluster, stack.data.logs, server, plan.products)
        )
        target = baseline.target()
        measure(target, FEW, plan.warming)
        target.orders = BenchmarkShop(target.ports, target.tokens).newest_orders()
        found.insert(0, target)
    return found


def _figures(
    targets: list[Target], systems: list[system_under_test.ShopTarget], plan: Plan, progress: Bar
) -> Figures:
    def sign_in() -> None:
        for system in systems:
            system.sign_in()

    count = count_measurements(targets, LOADS, plan.rounds)
    figures: Figures = defaultdict(list)
    progress("measuring")
    measurements = rounds(targets, LOADS, plan.profile, plan.rounds, sign_in)
    for number, (target, load, measurement) in enumerate(measurements, 1):
        figures[target, load].append(measurement)
        progress(f"{load}: {target} {measurement.rate:.0f}/s", number / count)
    return figures


def settings(stack: Stack) -> dict[str, str]:
    with stack.database_session() as session, session.cursor() as cursor:
        found = {}
        for name in SETTINGS:
            cursor.execute(f"SHOW {name}")
            row = cursor.fetchone()
            found[name] = str(row[0]) if row else ""
    if "off" in found.values():
        raise StackError(f"PostgreSQL is not durable ({found}), so commits would cost nothing.")
    return found

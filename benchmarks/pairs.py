"""Two versions of the project under alternating load: the ratio of their cost per request.

    python -m benchmarks.pairs --base REVISION-OR-FOLDER [--candidate FOLDER] [--rounds N]
        [--seconds S] [--clients N] [--lines N] [--what order|product|list|search|stock|orders|...]
        [--candidate-env NAME=VALUE] [--candidate-traces] [--json FILE]

Both systems run all the time, each with its own PostgreSQL server; their rounds alternate (base,
candidate, candidate, base, ...). A ratio is of two adjacent rounds, so that a temporarily slow
machine affects both.
"""

import argparse
import json
import math
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks import loads, trace_sink
from benchmarks.checkouts import Checkout, RunningCheckout, folder_of, running
from benchmarks.host_metrics import Meter
from benchmarks.loads import Load, LoadProfile
from benchmarks.measurement import percentile
from benchmarks.shop_setup import BenchmarkShop
from benchmarks.targets import HTTPTarget, Outcome
from local_stack import StackError
from local_stack.exec_wrapper import exit_with_parent
from local_stack.topology import REPOSITORY

OK, FAILED, INTERRUPTED = 0, 1, 130
PRODUCTS = 1000
SIGN_IN_INTERVAL = 300.0
"""Seconds; a token is valid for 15 minutes."""
WARMUP = LoadProfile(0.0, 2.0)
WHAT = {
    "order": loads.ORDER,
    "product": loads.PRODUCT,
    "list": loads.LIST,
    "search": loads.SEARCH,
    "stock": loads.STOCK,
    "orders": loads.OWN_ORDERS,
    "order-detail": loads.ONE_ORDER,
}


@dataclass(frozen=True)
class Round:
    services_ms: float
    """Processor time of the services and the worker for each request, in milliseconds."""
    postgres_ms: float
    rate: float
    p50_ms: float
    errors: int


RATIOS = ("services_ms", "postgres_ms", "rate", "p50_ms")


class Meters(Meter):
    """Of the services; PostgreSQL has its own."""

    def __init__(self, running: RunningCheckout) -> None:
        leaders = running.leaders()
        super().__init__(leaders["services"])
        self.postgres = Meter(leaders["postgres"])

    def begin(self) -> None:
        super().begin()
        self.postgres.begin()

    def end(self) -> None:
        super().end()
        self.postgres.end()


class Side:
    def __init__(self, name: str, checkout: RunningCheckout) -> None:
        self._checkout, self._client = checkout, BenchmarkShop(checkout.ports)
        self._client.register_buyers()
        self._target = HTTPTarget(name, checkout.ports, self._client.fill(PRODUCTS), [])
        self._signed_in = -math.inf
        self.sign_in()
        self.measure(Load(16), WARMUP)
        self._target.orders = self._client.newest_orders()

    def sign_in(self) -> None:
        """Unless the tokens are still valid for some minutes."""
        if time.monotonic() - self._signed_in < SIGN_IN_INTERVAL:
            return
        self._signed_in = time.monotonic()
        self._client.refresh_tokens()
        self._target.tokens = self._client.tokens
        self._target.orders = self._client.newest_orders()

    def measure(self, load: Load, profile: LoadProfile) -> Round:
        meters = Meters(self._checkout)
        outcome = self._target.run_load(load, profile, meters)
        if not outcome.done:
            raise StackError(f"{self._target.name} does not respond: {outcome.statuses}")
        postgres = meters.postgres.used * outcome.seconds / meters.postgres.seconds
        return _round(outcome, postgres)


def _round(outcome: Outcome, postgres: float) -> Round:
    per_request = 1000 / outcome.done
    return Round(
        services_ms=outcome.used * per_request,
        postgres_ms=postgres * per_request,
        rate=outcome.done / outcome.seconds,
        p50_ms=percentile(outcome.latencies, 0.5, 1000) or 0.0,
        errors=sum(outcome.statuses.values()) - outcome.done,
    )


def measured(
    base: Side, candidate: Side, load: Load, profile: LoadProfile, rounds: int
) -> Iterator[tuple[Round, Round]]:
    """A pair for each round; the order within a pair alternates."""
    for number in range(rounds):
        for side in (base, candidate):
            side.sign_in()
        if number % 2:
            second, first = candidate.measure(load, profile), base.measure(load, profile)
        else:
            first, second = base.measure(load, profile), candidate.measure(load, profile)
        yield first, second


def render(pairs: Sequence[tuple[Round, Round]]) -> str:
    lines = [f"{'':22}{'base':>10}{'candidate':>12}{'ratio':>9}   lowest to highest"]
    for name in RATIOS:
        base, candidate = (
            [getattr(side, name) for side in sides] for sides in zip(*pairs, strict=True)
        )
        ratios = [above / below for below, above in zip(base, candidate, strict=True) if below]
        lines.append(
            f"{name:22}{median(base):10.3f}{median(candidate):12.3f}{median(ratios or [0]):9.3f}"
            f"   {min(ratios or [0]):.3f} to {max(ratios or [0]):.3f}"
        )
    errors = [sum(side.errors for side in sides) for sides in zip(*pairs, strict=True)]
    lines.append(f"{'errors':22}{errors[0]:10}{errors[1]:12}")
    return "\n".join(lines)


def run(arguments: argparse.Namespace) -> list[tuple[Round, Round]]:
    load = Load(arguments.clients, WHAT[arguments.what], arguments.lines)
    profile = LoadProfile(0.5, arguments.seconds)
    with ExitStack() as resources:
        base = _started(resources, "base", arguments)
        candidate = _started(resources, "candidate", arguments)
        pairs = []
        for number, pair in enumerate(
            measured(base, candidate, load, profile, arguments.rounds), 1
        ):
            pairs.append(pair)
            shown = "  ".join(f"{each.services_ms:.3f} ms {each.rate:.0f}/s" for each in pair)
            sys.stderr.write(f"{number}/{arguments.rounds}: {shown}\n")
        return pairs


def _started(resources: ExitStack, name: str, arguments: argparse.Namespace) -> Side:
    given = vars(arguments)
    environment = dict(text.split("=", 1) for text in given[f"{name}_env"])
    if given[f"{name}_traces"]:
        sink = resources.enter_context(trace_sink.running())
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = sink.endpoint
        resources.callback(lambda: sys.stderr.write(f"{name} has sent {sink.spans()} spans\n"))
    checkout = Checkout(folder_of(given[name]), environment, given[f"{name}_python"])
    sys.stderr.write(f"starting {name}: {checkout.folder}\n")
    return Side(name, resources.enter_context(running(checkout)))


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    if options.end_with_parent:
        exit_with_parent(os.getppid(), int(signal.SIGTERM))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        pairs = run(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except (StackError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    sys.stdout.write(f"{render(pairs)}\n")
    if options.json:
        options.json.write_text(json.dumps([[asdict(side) for side in pair] for pair in pairs]))
    return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("bench-pairs", description=__doc__.partition("\n")[0])
    parser.add_argument("--base", required=True, help="a git revision, or a folder")
    parser.add_argument("--candidate", default=str(REPOSITORY), help="this checkout unless given")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--lines", type=int, default=1, help="of an order")
    parser.add_argument("--what", choices=WHAT, default="order")
    for side in ("base", "candidate"):
        parser.add_argument(f"--{side}-env", action="append", default=[], metavar="NAME=VALUE")
        parser.add_argument(f"--{side}-traces", action="store_true", help="enable tracing")
        parser.add_argument(f"--{side}-python", default="", help="make's PYTHON for that side")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write each round to FILE")
    parser.add_argument("--end-with-parent", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

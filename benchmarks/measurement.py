"""Measures every load on every target, in several rounds."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.host_metrics import Meter
from benchmarks.loads import Load, LoadProfile
from benchmarks.targets import Outcome, Target


@dataclass(frozen=True)
class Measurement:
    """The result of one load on one target in one round."""

    rate: float
    """Requests per second."""
    p50: float | None
    p99: float | None
    """Milliseconds; None for pgbench."""
    processor: float | None
    """CPU milliseconds of services, worker and PostgreSQL per request; None without requests."""
    generator: float | None
    """CPU milliseconds of the load generator per request."""
    failed: int
    """Responses other than 2xx and 503, and connection errors."""
    rejected: int
    """503."""
    other_load: float
    """Share of the host's CPU time that other processes used."""


Figures = dict[tuple[str, str], list[Measurement]]
"""By target and load; one for each round."""


def measure(target: Target, load: Load, profile: LoadProfile) -> Measurement:
    meter = Meter(target.leaders)
    outcome = target.run_load(load, profile.scaled_for(load), meter)
    return summarize(outcome, meter.other_load(outcome.own_seconds / outcome.seconds))


def summarize(outcome: Outcome, other_load: float) -> Measurement:
    done, rejected = outcome.done, outcome.statuses.get("503", 0)
    return Measurement(
        rate=done / outcome.seconds,
        p50=percentile(outcome.latencies, 0.5, 1000),
        p99=percentile(outcome.latencies, 0.99, 1000),
        processor=outcome.used * 1000 / done if done else None,
        generator=outcome.own_seconds * 1000 / done if done else None,
        failed=sum(outcome.statuses.values()) - done - rejected,
        rejected=rejected,
        other_load=other_load,
    )


def rounds(
    targets: Sequence[Target],
    loads: Sequence[Load],
    profile: LoadProfile,
    count: int,
    before_round: Callable[[], None],
) -> Iterator[tuple[str, str, Measurement]]:
    """Rotates the order of targets each round, so that a temporarily slow machine affects all of
    them.
    """
    for number in range(count):
        before_round()
        turn = number % len(targets)
        for load in loads:
            for target in (*targets[turn:], *targets[:turn]):
                if target.name in load.targets:
                    yield target.name, load.name, measure(target, load, profile)


def count_measurements(targets: Sequence[Target], loads: Sequence[Load], count: int) -> int:
    return count * sum(target.name in load.targets for load in loads for target in targets)


def percentile(ordered: Sequence[float], share: float, unit: float = 1.0) -> float | None:
    """Nearest rank. None for an empty sequence."""
    if not ordered:
        return None
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] * unit

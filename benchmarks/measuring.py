"""The run itself: every load for every contender in turn, several times over."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.contenders import Contender, Outcome
from benchmarks.loads import Load, Pace
from benchmarks.machine import Meter


@dataclass(frozen=True)
class Measurement:
    """One load, one contender, one round."""

    rate: float
    """Orders or pages a second."""
    p50: float | None
    p99: float | None
    """Milliseconds; not of pgbench, which keeps none."""
    processor: float | None
    """Milliseconds of the services, the worker and PostgreSQL for each order or page; None when there was none."""
    generator: float | None
    """Milliseconds of the load generator, likewise."""
    failed: int
    """Answers that were neither 2xx nor 503, and connections that broke."""
    refused: int
    """503."""
    elsewhere: float
    """Share of the machine that somebody else had."""


Figures = dict[tuple[str, str], list[Measurement]]
"""By contender and the load's name; one for each round."""


def measure(contender: Contender, load: Load, pace: Pace) -> Measurement:
    meter = Meter(contender.leaders)
    outcome = contender.carry_out(load, pace.of(load), meter)
    return summed_up(outcome, meter.elsewhere(outcome.own_seconds / outcome.seconds))


def summed_up(outcome: Outcome, elsewhere: float) -> Measurement:
    done, refused = outcome.done, outcome.statuses.get("503", 0)
    return Measurement(
        rate=done / outcome.seconds,
        p50=percentile(outcome.latencies, 0.5, 1000),
        p99=percentile(outcome.latencies, 0.99, 1000),
        processor=outcome.used * 1000 / done if done else None,
        generator=outcome.own_seconds * 1000 / done if done else None,
        failed=sum(outcome.statuses.values()) - done - refused,
        refused=refused,
        elsewhere=elsewhere,
    )


def rounds(
    contenders: Sequence[Contender], loads: Sequence[Load], pace: Pace, count: int, before_each: Callable[[], None]
) -> Iterator[tuple[str, str, Measurement]]:
    """Whoever went first in one round goes last in the next, and what is slow for a moment is slow for all."""
    for number in range(count):
        before_each()
        turn = number % len(contenders)
        for load in loads:
            for contender in (*contenders[turn:], *contenders[:turn]):
                if contender.name in load.contenders:
                    yield contender.name, load.name, measure(contender, load, pace)


def how_many(contenders: Sequence[Contender], loads: Sequence[Load], count: int) -> int:
    return count * sum(contender.name in load.contenders for load in loads for contender in contenders)


def percentile(ordered: Sequence[float], share: float, unit: float = 1.0) -> float | None:
    """The smallest of them that so large a share does not exceed (nearest rank). None of nothing."""
    if not ordered:
        return None
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] * unit

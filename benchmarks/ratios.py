"""The ratios of a run and their goals."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.loads import (
    AFTERWARDS,
    DJANGO_TUTORIAL,
    FASTAPI,
    FEW,
    FIFTY_LINES,
    FIVE_LINES,
    GREAT_OVERLOAD,
    HOT,
    LISTING,
    MANY,
    ONE,
    ORDER_READING,
    OVERLOAD,
    OWN_ORDERS_READING,
    PAGE,
    PGBENCH,
    RANDOM,
    SEARCHING,
    SHOP,
    STOCK_READING,
    TRACED,
    Load,
)
from benchmarks.measurement import Figures

Point = tuple[str, Load, str]
"""Target, load, and field of the measurement."""


@dataclass(frozen=True)
class Goal:
    """A figure divided by another of the same round."""

    name: str
    above: Point
    below: Sequence[Point]
    """The largest value is the divisor."""
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class Ratio:
    name: str
    value: float
    """The median over the rounds."""
    low: float
    high: float
    minimum: float | None
    maximum: float | None

    @property
    def goal(self) -> str:
        return f"≥ {self.minimum:g}" if self.minimum is not None else f"≤ {self.maximum:g}"

    @property
    def met(self) -> bool:
        return self.times_met >= 1

    @property
    def times_met(self) -> float:
        """1 meets the goal; more is better."""
        return (
            self.value / self.minimum
            if self.minimum is not None
            else (self.maximum or 0) / self.value
        )


def _rate(target: str, load: Load) -> Point:
    return target, load, "rate"


def _processor(target: str, load: Load) -> Point:
    return target, load, "processor"


def _against(other: str, load: Load, minimum: float) -> Goal:
    lines = f"{load.lines} line{'s' * (load.lines > 1)}"
    return Goal(
        f"orders/s ÷ {other}, {lines}", _rate(SHOP, load), [_rate(other, load)], minimum=minimum
    )


def _reading(load: Load, django: float, fastapi: float) -> list[Goal]:
    return [
        Goal(
            f"{load.what}, requests/s ÷ {other}",
            _rate(SHOP, load),
            [_rate(other, load)],
            minimum=minimum,
        )
        for other, minimum in ((DJANGO_TUTORIAL, django), (FASTAPI, fastapi))
    ]


def _traced(load: Load, minimum: float) -> Goal:
    name = f"orders/s with traces ÷ without, {load.lines} line{'s' * (load.lines > 1)}"
    return Goal(name, _rate(TRACED, load), [_rate(SHOP, load)], minimum=minimum)


BEST = [_rate(SHOP, load) for load in (FEW, MANY)]
GOALS = (
    _against(DJANGO_TUTORIAL, FEW, 6.5),
    _against(DJANGO_TUTORIAL, FIVE_LINES, 22),
    Goal(
        f"processor time ÷ {DJANGO_TUTORIAL}",
        _processor(SHOP, FEW),
        [_processor(DJANGO_TUTORIAL, FEW)],
        maximum=0.25,
    ),
    Goal(
        f"p50 at 1 client ÷ {DJANGO_TUTORIAL}",
        (SHOP, ONE, "p50"),
        [(DJANGO_TUTORIAL, ONE, "p50")],
        maximum=0.2,
    ),
    _against(FASTAPI, FEW, 0.85),
    _against(PGBENCH, FEW, 0.15),
    _against(PGBENCH, FIVE_LINES, 0.15),
    Goal(
        "processor time, 50 lines ÷ 1 line",
        _processor(SHOP, FIFTY_LINES),
        [_processor(SHOP, FEW)],
        maximum=2.5,
    ),
    Goal("p99 ÷ p50", (SHOP, FEW, "p99"), [(SHOP, FEW, "p50")], maximum=3),
    Goal("orders/s, 64 ÷ 16 clients", _rate(SHOP, MANY), [_rate(SHOP, FEW)], minimum=0.9),
    Goal(
        "orders/s, hot product ÷ random, 64 clients",
        _rate(SHOP, HOT),
        [_rate(SHOP, RANDOM)],
        minimum=0.9,
    ),
    Goal("orders/s, 160 clients ÷ best", _rate(SHOP, OVERLOAD), BEST, minimum=0.7),
    Goal("orders/s, 640 clients ÷ best", _rate(SHOP, GREAT_OVERLOAD), BEST, minimum=0.7),
    Goal(
        "orders/s, right after those ÷ before",
        _rate(SHOP, AFTERWARDS),
        [_rate(SHOP, FEW)],
        minimum=0.9,
    ),
    *(_traced(load, 0.8) for load in (FEW, FIVE_LINES)),
    *_reading(PAGE, 12, 0.7),
    *_reading(LISTING, 6, 0.5),
    *_reading(SEARCHING, 5, 0.4),
    *_reading(STOCK_READING, 12, 0.7),
    *_reading(OWN_ORDERS_READING, 6, 0.5),
    *_reading(ORDER_READING, 6, 0.5),
    Goal(
        "processor time, search ÷ product page",
        _processor(SHOP, SEARCHING),
        [_processor(SHOP, PAGE)],
        maximum=20,
    ),
)
"""Unless stated otherwise: an order of 1 line, from 16 concurrent clients."""


def ratios(figures: Figures) -> list[Ratio]:
    return [_ratio(figures, goal) for goal in GOALS]


def _ratio(figures: Figures, goal: Goal) -> Ratio:
    each = [
        above / max(below)
        for above, *below in zip(
            _values(figures, goal.above),
            *(_values(figures, point) for point in goal.below),
            strict=True,
        )
    ]
    return Ratio(goal.name, median(each), min(each), max(each), goal.minimum, goal.maximum)


def _values(figures: Figures, point: Point) -> list[float]:
    target, load, figure = point
    return [
        getattr(measurement, figure) or float("nan") for measurement in figures[target, load.name]
    ]

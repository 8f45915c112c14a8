"""What the figures are to come to: the aims."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.loads import (
    AFTERWARDS,
    ASYNC,
    FEW,
    FIFTY_LINES,
    FIVE_LINES,
    FLOOR,
    GREAT_OVERLOAD,
    HOT,
    LISTING,
    MANY,
    ONE,
    ORDER_READING,
    OURS,
    OVERLOAD,
    OWN_ORDERS_READING,
    PAGE,
    RANDOM,
    SEARCHING,
    STOCK_READING,
    TRACED,
    USUAL,
    Load,
)
from benchmarks.measuring import Figures

Point = tuple[str, Load, str]
"""A contender, a load, and which figure of a measurement."""


@dataclass(frozen=True)
class Aim:
    """One figure divided by another, in the same round."""

    name: str
    above: Point
    below: Sequence[Point]
    """The largest of them counts."""
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Ratio:
    name: str
    value: float
    """The median over the rounds."""
    low: float
    high: float
    least: float | None
    most: float | None

    @property
    def aim(self) -> str:
        return f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"

    @property
    def met(self) -> bool:
        return self.times_met >= 1

    @property
    def times_met(self) -> float:
        """1 is the aim, more is better."""
        return self.value / self.least if self.least is not None else (self.most or 0) / self.value


def _rate(contender: str, load: Load) -> Point:
    return contender, load, "rate"


def _processor(contender: str, load: Load) -> Point:
    return contender, load, "processor"


def _against(other: str, load: Load, least: float) -> Aim:
    lines = f"{load.lines} line{'s' * (load.lines > 1)}"
    return Aim(f"orders/s ÷ {other}, {lines}", _rate(OURS, load), [_rate(other, load)], least=least)


def _reading(load: Load, usual: float, asynchronous: float) -> list[Aim]:
    return [
        Aim(f"{load.what}, requests/s ÷ {other}", _rate(OURS, load), [_rate(other, load)], least=least)
        for other, least in ((USUAL, usual), (ASYNC, asynchronous))
    ]


def _traced(load: Load, least: float) -> Aim:
    name = f"orders/s with traces ÷ without, {load.lines} line{'s' * (load.lines > 1)}"
    return Aim(name, _rate(TRACED, load), [_rate(OURS, load)], least=least)


BEST = [_rate(OURS, load) for load in (FEW, MANY)]
AIMS = (
    _against(USUAL, FEW, 6.5),
    _against(USUAL, FIVE_LINES, 22),
    Aim(f"processor time ÷ {USUAL}", _processor(OURS, FEW), [_processor(USUAL, FEW)], most=0.25),
    Aim(f"p50 at 1 client ÷ {USUAL}", (OURS, ONE, "p50"), [(USUAL, ONE, "p50")], most=0.2),
    _against(ASYNC, FEW, 0.85),
    _against(FLOOR, FEW, 0.15),
    _against(FLOOR, FIVE_LINES, 0.15),
    Aim("processor time, 50 lines ÷ 1 line", _processor(OURS, FIFTY_LINES), [_processor(OURS, FEW)], most=2.5),
    Aim("p99 ÷ p50", (OURS, FEW, "p99"), [(OURS, FEW, "p50")], most=3),
    Aim("orders/s, 64 ÷ 16 clients", _rate(OURS, MANY), [_rate(OURS, FEW)], least=0.9),
    Aim("orders/s, hot product ÷ random, 64 clients", _rate(OURS, HOT), [_rate(OURS, RANDOM)], least=0.9),
    Aim("orders/s, 160 clients ÷ best", _rate(OURS, OVERLOAD), BEST, least=0.7),
    Aim("orders/s, 640 clients ÷ best", _rate(OURS, GREAT_OVERLOAD), BEST, least=0.7),
    Aim("orders/s, right after those ÷ before", _rate(OURS, AFTERWARDS), [_rate(OURS, FEW)], least=0.9),
    *(_traced(load, 0.8) for load in (FEW, FIVE_LINES)),
    *_reading(PAGE, 12, 0.7),
    *_reading(LISTING, 6, 0.5),
    *_reading(SEARCHING, 5, 0.4),
    *_reading(STOCK_READING, 12, 0.7),
    *_reading(OWN_ORDERS_READING, 6, 0.5),
    *_reading(ORDER_READING, 6, 0.5),
    Aim("processor time, search ÷ product page", _processor(OURS, SEARCHING), [_processor(OURS, PAGE)], most=20),
)
"""What is not said otherwise is an order of 1 line, from 16 clients at once."""


def ratios(figures: Figures) -> list[Ratio]:
    return [_ratio(figures, aim) for aim in AIMS]


def _ratio(figures: Figures, aim: Aim) -> Ratio:
    each = [
        above / max(below)
        for above, *below in zip(_values(figures, aim.above), *(_values(figures, point) for point in aim.below), strict=True)
    ]
    return Ratio(aim.name, median(each), min(each), max(each), aim.least, aim.most)


def _values(figures: Figures, point: Point) -> list[float]:
    contender, load, figure = point
    return [getattr(measurement, figure) or float("nan") for measurement in figures[contender, load.name]]

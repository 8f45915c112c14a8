"""The result of a run, as JSON and with its ratios."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from statistics import median
from typing import Any, Self

from benchmarks.measurement import Figures, Measurement
from benchmarks.ratios import Ratio, ratios

MAX_OTHER_LOAD = 0.05
"""Share of the host's CPU time above which other processes disturb the measurement."""
MAX_MEGABYTES = 600
MIN_SPANS = 5
"""Spans of an order: one of each of three services and of each of two calls; fewer mean that not
all are sampled.
"""


@dataclass(frozen=True)
class Report:
    date: str
    machine: Mapping[str, Any]
    postgresql: Mapping[str, str]
    short: bool
    rounds: int
    seconds: float
    """Of one load in one round."""
    products: int
    memory: Mapping[str, float]
    """MB of PSS by part of the system."""
    spans_per_order: float
    """Received from the system with tracing."""
    figures: Figures

    @property
    def ratios(self) -> list[Ratio]:
        return ratios(self.figures)

    @property
    def other_load(self) -> float:
        return median(
            [each.other_load for measurements in self.figures.values() for each in measurements]
        )

    @property
    def disturbed(self) -> int:
        """Measurements during which other processes were too busy."""
        return sum(
            each.other_load > MAX_OTHER_LOAD
            for measurements in self.figures.values()
            for each in measurements
        )

    @property
    def warning(self) -> str:
        count = sum(map(len, self.figures.values()))
        if self.disturbed <= count / 20:
            return ""
        return (
            f"WARNING: other processes used the CPU during {self.disturbed} of {count} "
            "measurements "
            f"(more than {MAX_OTHER_LOAD:.0%} of it; {self.other_load:.0%} median). Compare ratios "
            "only, or repeat the run."
        )

    def as_json(self) -> str:
        content = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name != "figures"
        }
        content["figures"] = [
            {"target": target, "load": load, "rounds": [asdict(each) for each in measurements]}
            for (target, load), measurements in self.figures.items()
        ]
        content["ratios"] = [_plain(asdict(ratio) | {"met": ratio.met}) for ratio in self.ratios]
        return json.dumps(content | {"warning": self.warning}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Self:
        content = json.loads(text)
        figures = {
            (each["target"], each["load"]): [
                Measurement(**measurement) for measurement in each["rounds"]
            ]
            for each in content["figures"]
        }
        plain = {
            field.name: content[field.name] for field in fields(cls) if field.name != "figures"
        }
        return cls(**plain, figures=figures)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """JSON has no NaN."""
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in values.items()
    }

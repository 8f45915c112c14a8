"""All that a run has found, for people and for programs."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from statistics import median
from typing import Any, Self

from benchmarks.measuring import Figures, Measurement
from benchmarks.ratios import Ratio, ratios

BUSY = 0.05
"""Share of the machine from which on somebody else disturbs."""
MOST_MEGABYTES = 600
MIN_SPANS = 5
"""Of an order: one of each of its three services and of each of its two calls; fewer mean that not all are sampled."""


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
    """MB of PSS, of each part of the system."""
    spans_per_order: float
    """That arrived from the system with traces."""
    figures: Figures

    @property
    def ratios(self) -> list[Ratio]:
        return ratios(self.figures)

    @property
    def elsewhere(self) -> float:
        return median([each.elsewhere for measurements in self.figures.values() for each in measurements])

    @property
    def disturbed(self) -> int:
        """How many measurements somebody else was in the way of."""
        return sum(each.elsewhere > BUSY for measurements in self.figures.values() for each in measurements)

    @property
    def warning(self) -> str:
        count = sum(map(len, self.figures.values()))
        if self.disturbed <= count / 20:
            return ""
        return (
            f"WARNING: during {self.disturbed} of {count} measurements the machine was busy with something else "
            f"(more than {BUSY:.0%} of it; {self.elsewhere:.0%} in the middle). Compare ratios only, or better run it again."
        )

    def as_json(self) -> str:
        content = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "figures"}
        content["figures"] = [
            {"contender": contender, "load": load, "rounds": [asdict(each) for each in measurements]}
            for (contender, load), measurements in self.figures.items()
        ]
        content["ratios"] = [_plain(asdict(ratio) | {"met": ratio.met}) for ratio in self.ratios]
        return json.dumps(content | {"warning": self.warning}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Self:
        content = json.loads(text)
        figures = {
            (each["contender"], each["load"]): [Measurement(**measurement) for measurement in each["rounds"]]
            for each in content["figures"]
        }
        plain = {field.name: content[field.name] for field in fields(cls) if field.name != "figures"}
        return cls(**plain, figures=figures)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """JSON has no word for what cannot be said."""
    return {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in values.items()}

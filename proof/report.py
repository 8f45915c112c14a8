"""What an audit has found, for people and for programs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ABOUT_KEYS = (
    "Invariant 4 (one idempotency key, at most one order): no endpoint shows keys. What is looked at is that order ids and numbers "
    "are unique, and so no two orders share a reservation; the promise itself is kept by the constraint one_attempt_per_key of "
    "the orders database."
)


@dataclass(frozen=True)
class Violation:
    """Of invariants 1 to 4; `ids` and `urls` lead to it."""

    invariant: int
    message: str
    ids: Mapping[str, str]
    urls: tuple[str, ...]

    def __str__(self) -> str:
        return f"VIOLATION of invariant {self.invariant}: {self.message} | {' '.join(self.urls)}"


@dataclass
class Report:
    violations: list[Violation] = field(default_factory=list)
    products: int = 0
    orders: int = 0
    reservations: int = 0
    ledger_rows: int = 0
    looked_at_again: int = 0
    """What looked wrong at first, most of it because the system was at work meanwhile."""
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        return not self.violations

    def add(self, invariant: int, message: str, urls: tuple[str, ...], **ids: str) -> None:
        self.violations.append(Violation(invariant, message, ids, urls))

    def summary(self) -> str:
        count = len(self.violations)
        return (
            f"{self.products} products, {self.orders} orders, {self.reservations} reservations and {self.ledger_rows} ledger rows "
            f"looked at in {self.seconds:.1f} s ({self.looked_at_again} of them again): "
            f"{count or 'no'} violation{'' if count == 1 else 's'}"
        )

    def as_text(self) -> str:
        return "\n".join([*map(str, self.violations), ABOUT_KEYS, self.summary()])

    def as_lines(self) -> str:
        """For those who know by now how invariant 4 is looked at."""
        return "\n".join([*map(str, self.violations), self.summary()])

    def as_json(self) -> str:
        counts = ("products", "orders", "reservations", "ledger_rows", "looked_at_again")
        content: dict[str, Any] = {"clean": self.clean} | {name: getattr(self, name) for name in counts}
        content["seconds"] = round(self.seconds, 3)
        content["violations"] = [
            {"invariant": each.invariant, "message": each.message, **each.ids, "urls": list(each.urls)} for each in self.violations
        ]
        return json.dumps(content | {"notes": [ABOUT_KEYS]})

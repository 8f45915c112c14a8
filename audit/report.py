"""The report of an audit, as text and as JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KEYS_NOTE = (
    "Invariant 4 (one idempotency key, at most one order): no endpoint returns keys. The audit "
    "checks that order ids and numbers "
    "are unique, so that no two orders share a reservation; the constraint one_attempt_per_key of "
    "the orders database "
    "guarantees the rest."
)


@dataclass(frozen=True)
class Violation:
    """A violation of invariants 1 to 4. `ids` and `urls` identify the rows."""

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
    rechecked: int = 0
    """Apparent violations that were checked again; most are due to concurrent changes."""
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        return not self.violations

    def add(self, invariant: int, message: str, urls: tuple[str, ...], **ids: str) -> None:
        self.violations.append(Violation(invariant, message, ids, urls))

    def summary(self) -> str:
        count = len(self.violations)
        return (
            f"{self.products} products, {self.orders} orders, {self.reservations} reservations and "
            f"{self.ledger_rows} ledger rows "
            f"checked in {self.seconds:.1f} s ({self.rechecked} rechecked): "
            f"{count or 'no'} violation{'' if count == 1 else 's'}"
        )

    def as_text(self) -> str:
        return "\n".join([*map(str, self.violations), KEYS_NOTE, self.summary()])

    def as_lines(self) -> str:
        """Without the note on invariant 4."""
        return "\n".join([*map(str, self.violations), self.summary()])

    def as_json(self) -> str:
        counts = ("products", "orders", "reservations", "ledger_rows", "rechecked")
        content: dict[str, Any] = {"clean": self.clean} | {
            name: getattr(self, name) for name in counts
        }
        content["seconds"] = round(self.seconds, 3)
        content["violations"] = [
            {
                "invariant": each.invariant,
                "message": each.message,
                **each.ids,
                "urls": list(each.urls),
            }
            for each in self.violations
        ]
        return json.dumps(content | {"notes": [KEYS_NOTE]})

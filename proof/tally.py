"""What clients saw while something was failing."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

Basket = dict[str, int]
"""Units by product id."""


@dataclass
class Placed:
    """A 201, and what became of the order later."""

    id: str
    basket: Basket
    buyer: int
    body: dict[str, Any]
    tries: int
    status: str = "confirmed"


@dataclass
class Refused:
    """A definitive no."""

    status: int
    code: str
    basket: Basket
    body: dict[str, Any]
    buyer: int
    tries: int


@dataclass
class Tally:
    placed: dict[str, Placed] = field(default_factory=dict)
    """By Idempotency-Key, as is what was refused."""
    refused: dict[str, Refused] = field(default_factory=dict)
    undecided: list[str] = field(default_factory=list)
    """What still had no definitive answer when the client gave up."""
    received: Counter[str] = field(default_factory=Counter)
    """Units by product, put into stock meanwhile."""
    requests: int = 0
    unavailable: int = 0
    broken: int = 0
    """Connections that were refused or broke; a good client tries again."""
    silent: int = 0
    """Requests without an answer in the time that a client waits."""
    elsewhere: int = 0
    """Either of the two where stock is received: at inventory itself, and not through the order service."""
    longest: float = 0.0
    wrong: list[str] = field(default_factory=list)
    """Answers that nobody should get."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def decided(self) -> int:
        return len(self.placed) + len(self.refused)

    def count(self, **more: int) -> None:
        with self.lock:
            for name, number in more.items():
                setattr(self, name, getattr(self, name) + number)

    def note_answer(self, seconds: float) -> None:
        with self.lock:
            self.longest = max(self.longest, seconds)

    def note_wrong(self, words: str) -> None:
        with self.lock:
            self.wrong.append(words)

from collections.abc import Iterator

import pytest

from proof import orders, shop
from proof.shop import Shop
from proof.tests.stand_in import StandIn, opened


@pytest.fixture
def stand_in() -> StandIn:
    return StandIn()


@pytest.fixture
def url(stand_in: StandIn) -> Iterator[str]:
    with stand_in.served() as url:
        yield url


class Clock:
    """Time passes when somebody sleeps, and only then."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (orders, shop):
        monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def running(url: str, clock: Clock) -> Iterator[Shop]:
    """The stand-in as the audit reads it."""
    with opened(url) as running:
        yield running

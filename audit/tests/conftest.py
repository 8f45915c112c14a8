from collections.abc import Iterator

import pytest

from audit import client as client_module
from audit import order_invariants
from audit.client import AuditClient
from audit.tests.fake_shop import FakeShop, opened
from local_stack.fake_server import serve


@pytest.fixture
def fake_shop() -> FakeShop:
    return FakeShop()


@pytest.fixture
def url(fake_shop: FakeShop) -> Iterator[str]:
    with serve(fake_shop.handle) as port:
        yield f"http://127.0.0.1:{port}"


class Clock:
    """Time passes only in `sleep`."""

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
    for module in (client_module, order_invariants):
        monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def client(url: str, clock: Clock) -> Iterator[AuditClient]:
    """The fake shop as the audit reads it."""
    with opened(url) as client:
        yield client

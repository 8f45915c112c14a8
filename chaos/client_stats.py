"""What the clients of a workload observed."""

import threading
from collections import Counter
from dataclasses import dataclass, field

from local_stack.shop_client import JSON, Basket


@dataclass
class PlacedOrder:
    """A 201, and the status that the order should have now."""

    id: str
    basket: Basket
    buyer: int
    body: JSON
    tries: int
    status: str = "confirmed"


@dataclass
class RejectedOrder:
    """A definitive error."""

    status: int
    code: str
    basket: Basket
    body: JSON
    buyer: int
    tries: int


@dataclass
class ClientStats:
    placed: dict[str, PlacedOrder] = field(default_factory=dict)
    """By Idempotency-Key, as is `rejected`."""
    rejected: dict[str, RejectedOrder] = field(default_factory=dict)
    unresolved: list[str] = field(default_factory=list)
    """Requests without a definitive response when the client gave up."""
    received: Counter[str] = field(default_factory=Counter)
    """Units that were added to the stock, by product."""
    requests: int = 0
    unavailable: int = 0
    """503."""
    connection_errors: int = 0
    timeouts: int = 0
    inventory_errors: int = 0
    """Connection errors and timeouts of requests to inventory itself."""
    max_latency: float = 0.0
    unexpected: list[str] = field(default_factory=list)
    """Responses that no client should receive."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def decided(self) -> int:
        return len(self.placed) + len(self.rejected)

    def count(self, **more: int) -> None:
        with self.lock:
            for name, number in more.items():
                setattr(self, name, getattr(self, name) + number)

    def record_response(self, seconds: float) -> None:
        with self.lock:
            self.max_latency = max(self.max_latency, seconds)

    def record_unexpected(self, message: str) -> None:
        with self.lock:
            self.unexpected.append(message)

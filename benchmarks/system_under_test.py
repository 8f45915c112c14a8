"""The system of this repository, started like `make up`."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.host_metrics import proportional_megabytes
from benchmarks.loads import SHOP
from benchmarks.shop_setup import BenchmarkShop
from benchmarks.targets import HTTPTarget
from local_stack import Stack
from local_stack.services import ADMIN
from local_stack.topology import GATEWAY, POSTGRES, REPOSITORY, SERVICES, WORKER

PARTS = (*SERVICES, WORKER, POSTGRES)
"""The parts whose CPU time counts."""


@contextmanager
def started(*, durable: bool = True, variables: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """On free ports.

    The data lies in the repository's folder, because /tmp may be in memory, where a commit costs
    nothing.
    """
    with tempfile.TemporaryDirectory(
        prefix=".bench-", dir=REPOSITORY, ignore_cleanup_errors=True
    ) as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's user must traverse it
        environment = {part: dict(variables or {}) for part in (*SERVICES, WORKER)} | {
            "user prepare": ADMIN
        }
        environment["user"] |= ADMIN
        stack = Stack(Path(folder) / "data", environment=environment, durable=durable)
        try:
            with stack:
                yield stack
        finally:
            stack.discard()


class ShopTarget(HTTPTarget):
    def __init__(self, stack: Stack, products: int, name: str = SHOP) -> None:
        self._stack, self._client = stack, BenchmarkShop(stack.ports)
        self._client.register_buyers()
        ids = self._client.fill(products)
        super().__init__(name, stack.ports, ids, [stack.pids(part)[0] for part in PARTS])

    def sign_in(self) -> None:
        """Call it before each round: tokens are valid for 15 minutes."""
        self._client.refresh_tokens()
        self.tokens = self._client.tokens
        self.orders = self._client.newest_orders()

    def memory(self) -> dict[str, float]:
        """MB by part, including the gateway."""
        return {part: proportional_megabytes(self._stack.pids(part)) for part in (*PARTS, GATEWAY)}

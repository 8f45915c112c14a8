"""The system of this repository, as `make up` starts it."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.contenders import Server
from benchmarks.loads import OURS
from benchmarks.machine import proportional_megabytes
from benchmarks.shop_client import ShopClient
from local_stack import Stack
from local_stack.services import ADMIN
from local_stack.topology import GATEWAY, POSTGRES, REPOSITORY, SERVICES, WORKER

PARTS = (*SERVICES, WORKER, POSTGRES)
"""Whose processor time an order costs."""


@contextmanager
def started(*, durable: bool = True, variables: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """On free ports; its data lies in the repository's folder, since /tmp may be in memory, where a commit costs nothing."""
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=REPOSITORY, ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's own account has to pass through
        environment = {part: dict(variables or {}) for part in (*SERVICES, WORKER)} | {"user prepare": ADMIN}
        environment["user"] |= ADMIN
        stack = Stack(Path(folder) / "data", environment=environment, durable=durable)
        try:
            with stack:
                yield stack
        finally:
            stack.discard()


class Ours(Server):
    def __init__(self, stack: Stack, products: int, name: str = OURS) -> None:
        self._stack, self._client = stack, ShopClient(stack.ports)
        self._client.register_buyers()
        ids = self._client.fill(products)
        super().__init__(name, stack.ports, ids, [stack.pids(part)[0] for part in PARTS])

    def sign_in(self) -> None:
        """A round is shorter than the 15 minutes for which tokens are valid."""
        self._client.sign_in()
        self.tokens = self._client.tokens
        self.orders = self._client.orders()

    def memory(self) -> dict[str, float]:
        """MB of each part, also of the gateway, which no order needs."""
        return {part: proportional_megabytes(self._stack.pids(part)) for part in (*PARTS, GATEWAY)}

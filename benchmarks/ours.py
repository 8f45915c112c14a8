"""The system of this repository, as `make up` starts it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from benchmarks import goods
from benchmarks.contenders import Server
from benchmarks.loads import OURS
from benchmarks.machine import proportional_megabytes
from local_stack import Stack, StackError
from local_stack.catalogue import GATEWAY, POSTGRES, REPOSITORY, SERVICES, WORKER
from local_stack.services import ADMIN

BUYERS = 8
PASSWORD = "a-buyer-of-the-benchmark"  # noqa: S105  (of buyers that live for one run)
AT_ONCE = 1000
"""Rows of an import: few, so that no worker is seen with the memory of a large one."""
PARTS = (*SERVICES, WORKER, POSTGRES)
"""Whose processor time an order costs."""
PATIENCE = 120.0


@contextmanager
def started(*, durable: bool = True) -> Iterator[Stack]:
    """On free ports; its data lies in the repository's folder, since /tmp may be in memory, where a commit costs nothing."""
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=REPOSITORY, ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's own account has to pass through
        stack = Stack(Path(folder) / "data", environment={"user": ADMIN, "user prepare": ADMIN}, durable=durable)
        try:
            with stack:
                yield stack
        finally:
            stack.discard()


class Ours(Server):
    def __init__(self, stack: Stack, products: int) -> None:
        self._stack = stack
        self._emails = [f"buyer-{uuid4().hex}@example.com" for _ in range(BUYERS)]
        for email in self._emails:
            self._ask("user", "/api/users/", {"email": email, "password": PASSWORD})
        super().__init__(OURS, stack.ports, self._stocked(products), [stack.pids(part)[0] for part in PARTS])

    def sign_in(self) -> None:
        """Everybody; tokens are good for 15 minutes, a round is shorter."""
        self.tokens = [self._token({"email": email, "password": PASSWORD}) for email in self._emails]

    def memory(self) -> dict[str, float]:
        """MB of each part, also of the gateway, which no order needs."""
        return {part: proportional_megabytes(self._stack.pids(part)) for part in (*PARTS, GATEWAY)}

    def _stocked(self, products: int) -> list[str]:
        staff = self._token({"email": ADMIN["ADMIN_EMAIL"], "password": ADMIN["ADMIN_PASSWORD"]})
        facts = goods.facts(products)
        for start in range(0, products, AT_ONCE):
            self._ask("product", "/api/products/import/", facts[start : start + AT_ONCE], staff)
        with self._stack.database_session("product") as session, session.cursor() as cursor:
            cursor.execute("SELECT id FROM product ORDER BY sku")
            ids = [str(row[0]) for row in cursor.fetchall()]
        for start in range(0, products, AT_ONCE):
            receipts = [{"product_id": product_id, "quantity": goods.PLENTY} for product_id in ids[start : start + AT_ONCE]]
            self._ask("inventory", "/api/inventory/import/", receipts, staff)
        return ids

    def _token(self, login: dict[str, str]) -> str:
        return str(self._ask("user", "/api/users/token/", login)["access"])

    def _ask(self, service: str, path: str, body: Any, token: str = "") -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = requests.post(self._stack.url(service) + path, json=body, headers=headers, timeout=PATIENCE)
        if answer.status_code >= 300 or answer.json().get("errors"):
            raise StackError(f"POST {path} answered {answer.status_code}: {answer.text[:300]}")
        return dict(answer.json())

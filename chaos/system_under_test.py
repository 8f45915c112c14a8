"""The system under test: a separate one, on free ports and with temporary data."""

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

import jwt

from audit.client import AuditClient
from chaos.fault_proxy import FaultProxy
from chaos.http_messages import Request
from chaos.order_scenarios import Products
from chaos.reconciliation import Reconciliation
from chaos.staff_client import StaffClient
from chaos.workload import Endpoints, Workload
from local_stack import Stack, ports
from local_stack.shop_client import ADMIN
from local_stack.topology import SERVICES

UPSTREAMS = ("product", "inventory")
PARTS = ("user", "product", "inventory", "order", "worker", "gateway", "postgres")
PLENTY, FEW = 1_000_000, 12
UNEXPECTED = '"message":"unexpected error"'
"""In a service's log: a 500, which perhaps only another service received."""


class SystemUnderTest:
    """A context manager. With `uses_proxy` the order service and its worker reach product and
    inventory through proxies.

    Without `durable` it starts faster; data would be lost only if the machine crashed.
    """

    def __init__(self, *, uses_proxy: bool, buyers: int, durable: bool = True) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="shop-chaos-"))
        self.folder.chmod(0o711)  # PostgreSQL's user must traverse it
        self._resources = ExitStack()
        taken = ports.free()
        self.proxies = {name: FaultProxy(taken[name]) for name in UPSTREAMS} if uses_proxy else {}
        self._buyers, self._durable = buyers, durable
        self._failpoints: dict[str, str] = {}
        self._log_offsets: dict[str, int] = {}

    def __enter__(self) -> Self:
        try:
            for proxy in self.proxies.values():
                self._resources.enter_context(proxy)
            self.stack = Stack(
                self.folder / "data", environment=self._environment(), durable=self._durable
            )
            self._resources.callback(self.stack.discard)
            self._resources.callback(self.stack.close)
            for name, proxy in self.proxies.items():
                proxy.upstream = self.stack.ports[name]
            self.stack.open()
            self._connect()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Can be called from any thread, even while the system is starting."""
        self._resources.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def on_close(self, undo: Callable[[], object]) -> None:
        self._resources.callback(undo)

    def copy_logs(self, folder: Path) -> None:
        shutil.copytree(self.stack.data.logs, folder, dirs_exist_ok=True)

    def _environment(self) -> Mapping[str, Mapping[str, str]]:
        addresses = {
            f"{name.upper()}_SERVICE_URL": f"http://127.0.0.1:{proxy.port}"
            for name, proxy in self.proxies.items()
        }
        admin = {"ADMIN_EMAIL": ADMIN["email"], "ADMIN_PASSWORD": ADMIN["password"]}
        rate_limit = {
            "ORDER_RATE_LIMIT": "1000000/min"
        }  # the workload comes from one address, some of it through the gateway
        return {
            "order": addresses | rate_limit,
            "worker": addresses,
            "user": admin,
            "user prepare": admin,
        }

    def _connect(self) -> None:
        urls = {name: self.stack.url(name) for name in SERVICES}
        self.staff = self._resources.enter_context(StaffClient(urls, self._buyers))
        self.audit_client = self._resources.enter_context(AuditClient(urls))

    def workload(self, entry_point: str) -> tuple[Workload, Reconciliation]:
        """Each workload has its own products."""
        self.staff.refresh_tokens()
        since = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        units = {
            self.staff.stocked(self.staff.staff, quantity): quantity
            for quantity in (PLENTY, PLENTY, FEW)
        }
        products = Products(*units)
        inventory, is_gateway = self.stack.url("inventory"), entry_point == "gateway"
        endpoints = Endpoints(
            self.stack.url(entry_point), inventory, self.staff.buyers, self.staff.staff, is_gateway
        )
        workload = Workload(endpoints, products)
        return workload, Reconciliation(self.staff, products, units, since, workload.stats)

    def set_failpoints(self, failpoints: Mapping[str, str]) -> None:
        """Restart the parts whose failpoints change."""
        changed = [
            name
            for name in {*failpoints, *self._failpoints}
            if failpoints.get(name) != self._failpoints.get(name)
        ]
        for name in changed:
            self.stack.environment[name].pop("FAILPOINT", None)
            if name in failpoints:
                self.stack.environment[name]["FAILPOINT"] = failpoints[name]
            self.stack.stop(name)
            self.stack.start(name)
        for name in changed:
            self.stack.wait_ready(name)
        self._failpoints = dict(failpoints)

    def crashes(self, name: str) -> int:
        """Failpoints hit since the system was started."""
        log = self.stack.data.log(name)
        return log.read_bytes().count(b"FAILPOINT ") if log.exists() else 0

    def new_log_errors(self) -> list[str]:
        """Unexpected errors and tracebacks since the previous call."""
        found = []
        for name in PARTS[:5]:
            log = self.stack.data.log(name)
            if log.exists():
                with log.open("rb") as file:
                    file.seek(self._log_offsets.get(name, 0))
                    lines = file.read().decode(errors="replace").splitlines()
                    self._log_offsets[name] = file.tell()
                found += [
                    f"log of {name}: {line[:160]} ... {line[-240:]}"
                    for line in lines
                    if UNEXPECTED in line or line.startswith("Traceback ")
                ]
        return found

    def workers(self, name: str) -> list[int]:
        """The worker processes of a service, without the master."""
        return self.stack.pids(name)[1:]

    def wait_for(self, condition: Callable[[], object], timeout: float = 30.0) -> bool:
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def recover(self) -> None:
        """Clear all faults and start every part."""
        for proxy in self.proxies.values():
            proxy.clear_fault()
        for name in ("postgres", *PARTS[:-1]):
            self.stack.resume(name)
            self.stack.start(name)
        for name in ("postgres", *PARTS[:-1]):
            self.stack.wait_ready(name)

    def with_fresh_token(self, request: Request) -> Request:
        """The request with a token that is still valid when it arrives, so that inventory itself
        has to reject it.
        """
        headers = tuple(
            (name, value) for name, value in request.headers if name.lower() != "authorization"
        )
        return request._replace(
            headers=(*headers, ("Authorization", f"Bearer {service_token(self.stack)}"))
        )


def service_token(stack: Stack) -> str:
    """A token of the order service for inventory, valid for a minute."""
    now = int(time.time())
    claims = {
        "iss": "order",
        "aud": "inventory",
        "scope": "reservations:write",
        "iat": now,
        "exp": now + 60,
        "jti": uuid4().hex,
    }
    return jwt.encode(claims, stack.data.keys()["order_to_inventory_key"], algorithm="HS256")

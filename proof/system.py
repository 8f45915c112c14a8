"""The system under proof: one of its own, on free ports and with data that is thrown away."""

import os
import shutil
import signal
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

from local_stack import Stack, ports
from proof.books import Books
from proof.load import Load, Where
from proof.proxy import Proxy
from proof.shop import Shop
from proof.staff import ADMIN, Staff
from proof.wire import Request
from proof.wishes import Goods

NEIGHBOURS = ("product", "inventory")
PARTS = ("user", "product", "inventory", "order", "worker", "gateway", "postgres")
PLENTY, FEW = 1_000_000, 12
UNEXPECTED = '"message":"unexpected error"'
"""In a service's log: a 500 that perhaps only another service has seen."""


class System:
    """A context manager. With proxies in front of product and inventory if `proxied`: only order and its worker go through them.

    What is not `durable` would lose data if the machine died, which it does not; it starts sooner.
    """

    def __init__(self, *, proxied: bool, buyers: int, durable: bool = True) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="shop-prove-"))
        self.folder.chmod(0o711)  # PostgreSQL's own account has to pass through
        self._resources = ExitStack()
        taken = ports.free()
        self.proxies = {name: Proxy(taken[name]) for name in NEIGHBOURS} if proxied else {}
        self._buyers, self._durable = buyers, durable
        self._armed: dict[str, str] = {}
        self._read_until: dict[str, int] = {}

    def __enter__(self) -> Self:
        try:
            for proxy in self.proxies.values():
                self._resources.enter_context(proxy)
            self.stack = Stack(self.folder / "data", environment=self._environment(), durable=self._durable)
            self._resources.callback(self.stack.discard)
            self._resources.callback(self.stack.close)
            for name, proxy in self.proxies.items():
                proxy.upstream = self.stack.ports[name]
            self.stack.open()
            self._meet()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """From any thread, even while the system is being started."""
        self._resources.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def on_close(self, undo: Callable[[], object]) -> None:
        self._resources.callback(undo)

    def keep_logs(self, place: Path) -> None:
        shutil.copytree(self.stack.data.logs, place, dirs_exist_ok=True)

    def _environment(self) -> Mapping[str, Mapping[str, str]]:
        addresses = {f"{name.upper()}_SERVICE_URL": f"http://127.0.0.1:{proxy.port}" for name, proxy in self.proxies.items()}
        admin = {"ADMIN_EMAIL": ADMIN["email"], "ADMIN_PASSWORD": ADMIN["password"]}
        crowd = {"ORDERS_PER_MINUTE": "1000000"}  # the load comes from one address, some of it through the gateway
        return {"order": addresses | crowd, "worker": addresses, "user": admin, "user prepare": admin}

    def _meet(self) -> None:
        urls = {name: self.stack.url(name) for name in self.stack.ports}
        self.staff = Staff(urls, self._buyers)
        self._resources.callback(self.staff.close)
        self.shop = self._resources.enter_context(Shop({name: urls[name] for name in ("user", "product", "inventory", "order")}))

    # Buying

    def goods(self) -> Goods:
        self.staff.sign_in()
        return Goods(self.staff.stocked(PLENTY), self.staff.stocked(PLENTY), self.staff.stocked(FEW))

    def load(self, through: str = "order") -> tuple[Load, Books]:
        """Buyers with goods of their own."""
        goods = self.goods()
        where = Where(
            self.stack.url(through), self.stack.url("inventory"), self.staff.buyers, self.staff.token, through == "gateway"
        )
        load = Load(where, goods)
        units = {goods.left: PLENTY, goods.right: PLENTY, goods.scarce: FEW}
        return load, Books(self.staff, goods, units, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}", load.tally)

    # Crash points

    def arm(self, wanted: Mapping[str, str]) -> None:
        """Start parts anew with these crash points, and all others without."""
        changed = [name for name in {*wanted, *self._armed} if wanted.get(name) != self._armed.get(name)]
        for name in changed:
            self.stack.environment[name].pop("CRASH_AT", None)
            if name in wanted:
                self.stack.environment[name]["CRASH_AT"] = wanted[name]
            self.stack.stop(name)
            self.stack.start(name)
        for name in changed:
            self.stack.wait_ready(name)
        self._armed = dict(wanted)

    def deaths(self, name: str) -> int:
        """At crash points, since the system was started."""
        return self.stack.data.log(name).read_bytes().count(b"CRASH_AT ") if self.stack.data.log(name).exists() else 0

    # What is to be seen from the machine itself

    def new_faults_in_logs(self) -> list[str]:
        """Since the last time."""
        found = []
        for name in PARTS[:5]:
            log = self.stack.data.log(name)
            if log.exists():
                with log.open("rb") as file:
                    file.seek(self._read_until.get(name, 0))
                    lines = file.read().decode(errors="replace").splitlines()
                    self._read_until[name] = file.tell()
                found += [
                    f"log of {name}: {line[:160]} ... {line[-240:]}"
                    for line in lines
                    if UNEXPECTED in line or line.startswith("Traceback ")
                ]
        return found

    def workers(self, name: str) -> list[int]:
        """The worker processes of a service, without their leader."""
        return self.stack.pids(name)[1:]

    def signal(self, pid: int, number: signal.Signals) -> None:
        os.kill(pid, number)

    def wait_for(self, condition: Callable[[], object], patience: float = 30.0) -> bool:
        until = time.monotonic() + patience
        while not condition():
            if time.monotonic() > until:
                return False
            time.sleep(0.05)
        return True

    def mend(self) -> None:
        """Everything up and passing, whatever a row has left behind."""
        for proxy in self.proxies.values():
            proxy.heal()
        for name in ("postgres", *PARTS[:-1]):
            self.stack.resume(name)
            self.stack.start(name)
        for name in ("postgres", *PARTS[:-1]):
            self.stack.wait_ready(name)

    def renewed(self, request: Request) -> Request:
        """The same request with a token that is still good when it arrives, so that it is inventory which has to refuse it."""
        now = int(time.time())
        claims = {
            "iss": "order",
            "aud": "inventory",
            "scope": "reservations:write",
            "iat": now,
            "exp": now + 60,
            "jti": uuid4().hex,
        }
        token = jwt.encode(claims, self.stack.data.keys()["order_to_inventory_key"], algorithm="HS256")
        headers = tuple((name, value) for name, value in request.headers if name.lower() != "authorization")
        return request._replace(headers=(*headers, ("Authorization", f"Bearer {token}")))

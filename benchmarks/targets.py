"""The interface of a measured system, and the HTTP implementation."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

from benchmarks.host_metrics import Meter
from benchmarks.loads import ORDER, Load, LoadProfile
from benchmarks.test_data import NOUNS
from local_stack import StackError
from local_stack.topology import REPOSITORY


@dataclass
class Outcome:
    """The result of the load generator."""

    seconds: float
    own_seconds: float
    """Processor seconds of the generator itself."""
    used: float
    """Processor seconds of the target."""
    statuses: dict[str, int]
    latencies: list[float] = field(default_factory=list)
    """Of successful responses, sorted; empty if not measured."""

    @property
    def done(self) -> int:
        return sum(count for status, count in self.statuses.items() if status.startswith("2"))


class Target(Protocol):
    name: str

    leaders: Sequence[int]
    """The parent processes of its programs, including PostgreSQL."""

    def run_load(self, load: Load, profile: LoadProfile, meter: Meter) -> Outcome:
        """Starts and stops the meter with the measured part."""


@dataclass
class HTTPTarget:
    """The product, inventory and order services of any implementation."""

    name: str
    ports: dict[str, int]
    """Of `product`, `inventory` and `order`."""
    product_ids: Sequence[str]
    leaders: Sequence[int]
    tokens: list[str] = field(default_factory=list)
    orders: list[tuple[str, str]] = field(default_factory=list)
    """Placed orders: (id, the buyer's token)."""

    def run_load(self, load: Load, profile: LoadProfile, meter: Meter) -> Outcome:
        return generate(self._job(load) | profile.as_job() | {"clients": load.clients}, meter)

    def _job(self, load: Load) -> dict[str, Any]:
        if load.what == ORDER:
            ids = self.product_ids[:1] if load.hot else self.product_ids
            return {
                "port": self.ports["order"],
                "product_ids": list(ids),
                "lines": load.lines,
                "tokens": self.tokens,
            }
        service, gets = self._gets(load.what)
        return {"port": self.ports[service], "gets": gets}

    def _gets(self, what: str) -> tuple[str, list[tuple[str, str]]]:
        """The service and its requests: (path, token)."""
        match what:
            case "product page":
                return "product", [(f"/api/products/{id}/", "") for id in self.product_ids]
            case "list page":
                return "product", [("/api/products/", "")]
            case "search":
                return "product", [(f"/api/products/?search={kind}", "") for kind in NOUNS]
            case "stock of a product":
                return "inventory", [(f"/api/inventory/{id}/", "") for id in self.product_ids]
            case "own orders":
                return "order", [("/api/orders/", token) for token in self.tokens or [""]]
            case _:
                return "order", [(f"/api/orders/{id}/", token) for id, token in self.orders]


def generate(job: dict[str, Any], meter: Meter) -> Outcome:
    command = [sys.executable, "-m", "benchmarks.generator"]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            _write_line(process.stdin, json.dumps(job))
            for expected, sample in (("begin", meter.begin), ("end", meter.end)):
                if process.stdout.readline().strip() != expected:
                    raise StackError("The load generator has failed; its message is above.")
                sample()
            _write_line(process.stdin, "stop")
            result = json.loads(process.stdout.readline())
        except BaseException:
            process.kill()
            raise
    # The meter was read shortly after `begin` and `end`, under the same load, so only its rate is
    # used.
    return Outcome(**result, used=meter.used * result["seconds"] / meter.seconds)


def _write_line(pipe: IO[str], line: str) -> None:
    pipe.write(f"{line}\n")
    pipe.flush()

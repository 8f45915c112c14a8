"""Who is measured: somebody who can be put under a load, and whose processes are known."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

from benchmarks.goods import KINDS
from benchmarks.loads import ORDER, Load, Pace
from benchmarks.machine import Meter
from local_stack import StackError
from local_stack.topology import REPOSITORY


@dataclass
class Outcome:
    """What a load generator has seen."""

    seconds: float
    own_seconds: float
    """The generator's own processor time."""
    used: float
    """The contender's, in those seconds."""
    statuses: dict[str, int]
    latencies: list[float] = field(default_factory=list)
    """Of successful answers, in order; none where nobody looked."""

    @property
    def done(self) -> int:
        return sum(count for status, count in self.statuses.items() if status.startswith("2"))


class Contender(Protocol):
    name: str

    leaders: Sequence[int]
    """The processes that lead its programs, PostgreSQL's included."""

    def carry_out(self, load: Load, pace: Pace, meter: Meter) -> Outcome:
        """Tells the meter when the part that counts begins and ends."""


@dataclass
class Server:
    """Three services that speak HTTP, whoever has written them."""

    name: str
    ports: dict[str, int]
    """Of `product`, `inventory` and `order`."""
    product_ids: Sequence[str]
    leaders: Sequence[int]
    tokens: list[str] = field(default_factory=list)
    orders: list[tuple[str, str]] = field(default_factory=list)
    """Some that have been placed: (id, the buyer's token)."""

    def carry_out(self, load: Load, pace: Pace, meter: Meter) -> Outcome:
        return generate(self._job(load) | pace.as_job() | {"clients": load.clients}, meter)

    def _job(self, load: Load) -> dict[str, Any]:
        if load.what == ORDER:
            ids = self.product_ids[:1] if load.hot else self.product_ids
            return {"port": self.ports["order"], "product_ids": list(ids), "lines": load.lines, "tokens": self.tokens}
        service, gets = self._gets(load.what)
        return {"port": self.ports[service], "gets": gets}

    def _gets(self, what: str) -> tuple[str, list[tuple[str, str]]]:
        """The service that answers, and the requests: (path, token)."""
        match what:
            case "product page":
                return "product", [(f"/api/products/{id}/", "") for id in self.product_ids]
            case "list page":
                return "product", [("/api/products/", "")]
            case "search":
                return "product", [(f"/api/products/?search={kind}", "") for kind in KINDS]
            case "stock of a product":
                return "inventory", [(f"/api/inventory/{id}/", "") for id in self.product_ids]
            case "own orders":
                return "order", [("/api/orders/", token) for token in self.tokens or [""]]
            case _:
                return "order", [(f"/api/orders/{id}/", token) for id, token in self.orders]


def generate(job: dict[str, Any], meter: Meter) -> Outcome:
    command = [sys.executable, "-m", "benchmarks.generator"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            _say(process.stdin, json.dumps(job))
            for expected, note in (("begin", meter.begin), ("end", meter.end)):
                if process.stdout.readline().strip() != expected:
                    raise StackError("The load generator has failed; its message is above.")
                note()
            _say(process.stdin, "stop")
            seen = json.loads(process.stdout.readline())
        except BaseException:
            process.kill()
            raise
    # The meter was read a moment after each of the two words, under the same load: what counts is how much it was a second.
    return Outcome(**seen, used=meter.used * seen["seconds"] / meter.seconds)


def _say(pipe: IO[str], line: str) -> None:
    pipe.write(f"{line}\n")
    pipe.flush()

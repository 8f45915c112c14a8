"""`make fuzz`: whether every service answers bad input as its swagger.json says.

    python -m proof.fuzz [--seed N] [--seconds N] [--least N]

Starts a system of its own on free ports and lets Schemathesis loose on it: as staff, as a customer, as nobody, and on reservations
as the order service. A finding is a 5xx, a status or a body that is not documented, or bad input that is taken. Exit status 1 on
any, and on fewer examples than there should be.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import jwt

from local_stack import Stack
from local_stack.exec_wrapper import exit_with_parent
from proof.staff import ADMIN, Staff

ROOT = Path(__file__).resolve().parent.parent
SCHEMATHESIS = ROOT / ".venv-fuzz" / "bin" / "schemathesis"
SERVICES = ("user", "product", "inventory", "order")
CLOSE_ACCOUNT = "api_users_me_delete"
AT_ONCE = 4
LEAST = 1000
"""Examples of a service, in all roles together."""
AGAIN = 4
"""How often to go there for them at most."""
MOST = 200
"""Examples of an operation and phase; the time ends it sooner."""
UNEXPECTED = b'"message":"unexpected error"'


@dataclass(frozen=True)
class Visit:
    service: str
    role: str
    token: str
    seconds: int
    only: tuple[str, ...] = ()
    time: int = 0
    """Which time it is that somebody goes there for want of examples."""


@dataclass(frozen=True)
class Outcome:
    visit: Visit
    status: int
    text: str

    @property
    def cases(self) -> int:
        found = re.search(r"^ +([0-9]+) generated", self.text, re.MULTILINE)
        return int(found[1]) if found else 0

    @property
    def passed(self) -> bool:
        return self.status == 0 and self.cases > 0

    def __str__(self) -> str:
        return f"  {self.visit.service:10} {self.visit.role:14} {self.cases:6} cases  {'ok' if self.passed else 'FINDINGS'}"


class Fuzz:
    def __init__(self, stack: Stack, seed: int) -> None:
        self._stack, self._seed = stack, seed
        self._staff = Staff({name: stack.url(name) for name in SERVICES}, 2)
        self._staff.sign_in()
        product = self._staff.stocked(1_000_000)
        wish = {"items": [{"product_id": product, "quantity": 1}]}
        order = self._staff.ask("POST", "order", "/api/orders/", wish, key=uuid4().hex)
        known = {"product_id": product, "order_id": order["id"]}
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SCHEMATHESIS_")},
            "SCHEMATHESIS_HOOKS": "proof.fuzz_hooks",
            "FUZZ_KNOWN": json.dumps(known),
            "FUZZ_STAFF_ID": self._staff.ask("GET", "user", "/api/users/me/")["id"],
        }

    def run(self, seconds: int, least: int) -> Iterator[Outcome]:
        """On a slow machine the time is over before there are enough examples: then staff come again, with other ones."""
        seen: list[Outcome] = []
        visits = self._visits(seconds)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for time in range(1, AGAIN + 1):
                for outcome in pool.map(self._outcome, visits):
                    seen.append(outcome)
                    yield outcome
                visits = [Visit(name, "staff", self._staff.token, seconds, time=time) for name in short_of(seen, least)]

    def faults(self) -> list[str]:
        """What no visitor may have seen."""
        logs = {name: self._stack.data.log(name).read_bytes().count(UNEXPECTED) for name in (*SERVICES, "worker")}
        found = [f"{count} unexpected errors in the log of {name}" for name, count in logs.items() if count]
        try:
            self._staff.ask("GET", "user", "/api/users/")
        except RuntimeError as error:
            found.append(f"the staff account was spoiled, and with it the run: {error}")
        return found

    def _visits(self, seconds: int) -> list[Visit]:
        short = max(seconds // 3, 1)
        customer, closing = self._staff.buyers
        return [
            *(Visit(name, "staff", self._staff.token, seconds) for name in SERVICES),
            Visit("inventory", "order service", "", min(seconds // 2, 40), ("--include-path-regex", "/reservations/")),
            *(Visit(name, "customer", customer, short) for name in SERVICES),
            *(Visit(name, "nobody", "", short) for name in SERVICES),
            Visit("user", "who leaves", closing, short, ("--include-operation-id", CLOSE_ACCOUNT)),
        ]

    def _outcome(self, visit: Visit) -> Outcome:
        token = self._service_token() if visit.role == "order service" else visit.token
        command = [str(SCHEMATHESIS), "--config-file", str(ROOT / "proof" / "fuzz.toml"), "run", "--no-color"]
        command += [f"--seed={self._seed + visit.time}", f"--max-time={visit.seconds}", f"--max-examples={MOST}"]
        command += ["--header", f"Authorization: Bearer {token}"] if token else []
        command += visit.only or (["--exclude-operation-id", CLOSE_ACCOUNT] if visit.service == "user" else [])
        command.append(f"{self._stack.url(visit.service)}/swagger.json")
        with tempfile.TemporaryDirectory(prefix="shop-fuzz-") as folder:
            done = subprocess.run(command, cwd=folder, env=self._environment, capture_output=True, text=True, check=False)
        return Outcome(visit, done.returncode, done.stdout + done.stderr)

    def _service_token(self) -> str:
        """Good for a minute, as long as this visit may last."""
        now = int(time.time())
        claims = {
            "iss": "order",
            "aud": "inventory",
            "scope": "reservations:write",
            "iat": now,
            "exp": now + 60,
            "jti": uuid4().hex,
        }
        return jwt.encode(claims, self._stack.data.keys()["order_to_inventory_key"], algorithm="HS256")


def short_of(outcomes: Sequence[Outcome], least: int) -> dict[str, int]:
    """The services with fewer examples in all roles together, and how many they had: who has hardly looked proves nothing."""
    cases = dict.fromkeys(SERVICES, 0)
    for outcome in outcomes:
        cases[outcome.visit.service] += outcome.cases
    return {name: count for name, count in cases.items() if count < least}


@contextmanager
def system() -> Iterator[Stack]:
    admin: Mapping[str, str] = {"ADMIN_EMAIL": ADMIN["email"], "ADMIN_PASSWORD": ADMIN["password"]}
    with tempfile.TemporaryDirectory(prefix="shop-fuzz-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's own account has to pass through
        stack = Stack(Path(folder) / "data", environment={"user": admin, "user prepare": admin}, durable=False)
        try:
            with stack:
                yield stack
        finally:
            stack.discard()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=48, help="of each service as staff; a third of it in other roles")
    parser.add_argument("--least", type=int, default=LEAST, help="examples of each service; fewer are a finding")
    parser.add_argument("--end-with-parent", action="store_true", help="stop when the process that started this one ends")
    wanted = parser.parse_args(arguments)
    if wanted.end_with_parent:
        exit_with_parent(os.getppid(), int(signal.SIGTERM))
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what was started is ended too
    outcomes: list[Outcome] = []
    with system() as stack:
        fuzz = Fuzz(stack, wanted.seed)
        for outcome in fuzz.run(wanted.seconds, wanted.least):
            outcomes.append(outcome)
            print(outcome if outcome.passed else f"{outcome.text}\n{outcome}", flush=True)
        faults = fuzz.faults()
    faults += [
        f"{name}: {count} examples are fewer than {wanted.least}" for name, count in short_of(outcomes, wanted.least).items()
    ]
    bad = [outcome for outcome in outcomes if not outcome.passed]
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"{sum(outcome.cases for outcome in outcomes)} cases, {len(bad) + len(faults)} with findings (seed {wanted.seed})")
    return 1 if bad or faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`make fuzz`: whether every service responds to invalid input as documented in its swagger.json.

    python -m chaos.fuzz [--seed N] [--seconds N] [--least N]

Starts a temporary system on free ports and runs Schemathesis against it: as staff, as a customer,
anonymously, and as the order service on reservations. A finding is a 5xx, an undocumented status or
body, or invalid input that is accepted. Exit status 1 on any finding, and if fewer examples than
`--least` were generated.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import requests

from chaos.staff_client import StaffClient
from chaos.system_under_test import service_token
from local_stack import Stack
from local_stack.exec_wrapper import exit_with_parent
from local_stack.services import ADMIN
from local_stack.shop_client import UnexpectedResponse, expect
from local_stack.topology import REPOSITORY as ROOT
from local_stack.topology import SERVICES

SCHEMATHESIS = ROOT / ".venv-fuzz" / "bin" / "schemathesis"
CLOSE_ACCOUNT = "close_account"
PARALLEL = 4
MIN_EXAMPLES = 1000
"""Per service, in all roles together."""
MAX_PASSES = 4
"""Further passes as staff until there are enough examples."""
MAX_EXAMPLES = 200
"""Per operation and phase, unless the time is over before."""
UNEXPECTED = b'"message":"unexpected error"'


@dataclass(frozen=True)
class Session:
    service: str
    role: str
    token: str
    seconds: int
    only: tuple[str, ...] = ()
    time: int = 0
    """The number of the pass."""


@dataclass(frozen=True)
class Outcome:
    session: Session
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
        return (
            f"  {self.session.service:10} {self.session.role:14} {self.cases:6} cases  "
            f"{'ok' if self.passed else 'FINDINGS'}"
        )


class Fuzz:
    def __init__(self, stack: Stack, seed: int) -> None:
        self._stack, self._seed = stack, seed
        self._client = StaffClient({name: stack.url(name) for name in SERVICES}, 2)
        self._client.refresh_tokens()
        self._staff = self._client.staff
        product = self._client.stocked(self._staff, 1_000_000)
        order = expect(201, self._client.order(self._staff, {product: 1}, key=uuid4().hex))
        self._environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith("SCHEMATHESIS_")
            },
            "SCHEMATHESIS_HOOKS": "chaos.fuzz_hooks",
            "FUZZ_KNOWN": json.dumps({"product_id": product, "order_id": order["id"]}),
            "FUZZ_STAFF_ID": self._staff.id,
        }

    def run(self, seconds: int, least: int) -> Iterator[Outcome]:
        """Repeats sessions as staff with other seeds if there are too few examples."""
        seen: list[Outcome] = []
        sessions = self._sessions(seconds)
        with ThreadPoolExecutor(PARALLEL) as pool:
            for time in range(1, MAX_PASSES + 1):
                for outcome in pool.map(self._outcome, sessions):
                    seen.append(outcome)
                    yield outcome
                sessions = [
                    Session(name, "staff", self._staff.token, seconds, time=time)
                    for name in short_of(seen, least)
                ]

    def findings(self) -> list[str]:
        """What no sessionor can show."""
        logs = {
            name: self._stack.data.log(name).read_bytes().count(UNEXPECTED)
            for name in (*SERVICES, "worker")
        }
        found = [
            f"{count} unexpected errors in the log of {name}"
            for name, count in logs.items()
            if count
        ]
        try:
            expect(200, self._client.get("/api/users/", self._staff))
        except (UnexpectedResponse, requests.RequestException) as error:
            found.append(f"the staff account was changed, so the run is invalid: {error}")
        return found

    def _sessions(self, seconds: int) -> list[Session]:
        short = max(seconds // 3, 1)
        customer, closing = (buyer.token for buyer in self._client.buyers)
        return [
            *(Session(name, "staff", self._staff.token, seconds) for name in SERVICES),
            Session(
                "inventory",
                "order service",
                "",
                min(seconds // 2, 40),
                ("--include-path-regex", "/reservations/"),
            ),
            *(Session(name, "customer", customer, short) for name in SERVICES),
            *(Session(name, "anonymous", "", short) for name in SERVICES),
            Session(
                "user", "closing account", closing, short, ("--include-operation-id", CLOSE_ACCOUNT)
            ),
        ]

    def _outcome(self, session: Session) -> Outcome:
        token = service_token(self._stack) if session.role == "order service" else session.token
        command = [
            str(SCHEMATHESIS),
            "--config-file",
            str(ROOT / "chaos" / "fuzz.toml"),
            "run",
            "--no-color",
        ]
        command += [
            f"--seed={self._seed + session.time}",
            f"--max-time={session.seconds}",
            f"--max-examples={MAX_EXAMPLES}",
        ]
        command += ["--header", f"Authorization: Bearer {token}"] if token else []
        command += session.only or (
            ["--exclude-operation-id", CLOSE_ACCOUNT] if session.service == "user" else []
        )
        command.append(f"{self._stack.url(session.service)}/swagger.json")
        with tempfile.TemporaryDirectory(prefix="shop-fuzz-") as folder:
            done = subprocess.run(
                command,
                cwd=folder,
                env=self._environment,
                capture_output=True,
                text=True,
                check=False,
            )
        return Outcome(session, done.returncode, done.stdout + done.stderr)


def short_of(outcomes: Sequence[Outcome], least: int) -> dict[str, int]:
    """The services with too few examples in all roles together, and their number."""
    cases = dict.fromkeys(SERVICES, 0)
    for outcome in outcomes:
        cases[outcome.session.service] += outcome.cases
    return {name: count for name, count in cases.items() if count < least}


@contextmanager
def system() -> Iterator[Stack]:
    with tempfile.TemporaryDirectory(prefix="shop-fuzz-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's user must traverse it
        stack = Stack(
            Path(folder) / "data", environment={"user": ADMIN, "user prepare": ADMIN}, durable=False
        )
        try:
            with stack:
                yield stack
        finally:
            stack.discard()


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--seconds", type=int, default=48, help="per service as staff; a third of it in other roles"
    )
    parser.add_argument(
        "--least", type=int, default=MIN_EXAMPLES, help="examples per service; fewer are a finding"
    )
    parser.add_argument(
        "--end-with-parent", action="store_true", help="exit when the parent process exits"
    )
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    if options.end_with_parent:
        exit_with_parent(os.getppid(), int(signal.SIGTERM))
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the system is stopped too
    outcomes: list[Outcome] = []
    with system() as stack:
        fuzz = Fuzz(stack, options.seed)
        for outcome in fuzz.run(options.seconds, options.least):
            outcomes.append(outcome)
            print(outcome if outcome.passed else f"{outcome.text}\n{outcome}", flush=True)
        findings = fuzz.findings()
    findings += [
        f"{name}: {count} examples are fewer than {options.least}"
        for name, count in short_of(outcomes, options.least).items()
    ]
    bad = [outcome for outcome in outcomes if not outcome.passed]
    print(*findings, sep="\n", end="\n" if findings else "")
    print(
        f"{sum(outcome.cases for outcome in outcomes)} cases, {len(bad) + len(findings)} with "
        f"findings (seed {options.seed})"
    )
    return 1 if bad or findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

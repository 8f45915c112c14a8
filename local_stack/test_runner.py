"""`make test`: runs every suite, two at a time, and prints a line for each at the end."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from local_stack import ephemeral_postgres
from local_stack.errors import StackError
from local_stack.processes import EXEC_WRAPPER
from local_stack.topology import REPOSITORY, SERVICES

WITH_DATABASE = {"chassis", *(service.folder for service in SERVICES.values())}
LONGEST_FIRST = ["integration_tests", "product_service", "chassis", "order_service"]
OTHERS = sorted({*WITH_DATABASE, "local_stack", "audit", "chaos", "devtools"} - set(LONGEST_FIRST))
ON_REQUEST = ["benchmarks"]
"""Only run when named: they need additional packages and take minutes."""
SUITES = [*LONGEST_FIRST, *OTHERS, *ON_REQUEST]
PARALLEL_SUITES = 2
NOTHING_COLLECTED = 5
INTERRUPTED = 130
GRACE = 15.0
"""Seconds for pytest to run the teardown of its fixtures."""

NOT_INHERITED = (
    *(
        "PG",
        "DATABASE_",
        "DJANGO_",
        "ADMIN_",
        "LOG_",
        "OTEL_",
        "SHOP_",
        "CORS_",
        "EMAIL_",
        "GATEWAY_",
        "MIGRATION_",
    ),
    *(
        "ENVIRONMENT",
        "WEB_CONCURRENCY",
        "ALLOWED_HOSTS",
        "ORDER_RATE_LIMIT",
        "SERVICE_PORTS",
        "TRUSTED_",
        "ORDER_TO_",
        "EXPOSE_ADMIN",
    ),
)
"""Variables for `make up` that must not affect the tests."""
UNIT_TESTS = {
    "ENVIRONMENT": "local",
    "DJANGO_SECRET_KEY": "unit-tests-django-secret-key-0123456789abcdef",
    "ORDER_TO_INVENTORY_KEY": "unit-tests-order-to-inventory-key-0123456789",
    "ORDER_TO_USER_KEY": "unit-tests-order-to-user-key-0123456789abcd",
    # Nothing listens there: a unit test that calls another service fails at once.
    **{f"{name.upper()}_SERVICE_URL": "http://127.0.0.1:9" for name in SERVICES},
}


@dataclass(frozen=True)
class Result:
    suite: str
    status: int
    seconds: float

    def __str__(self) -> str:
        verdicts = {0: "passed", NOTHING_COLLECTED: "nothing selected", INTERRUPTED: "interrupted"}
        return f"  {self.suite:18} {verdicts.get(self.status, 'FAILED'):16} {self.seconds:6.1f} s"


class Runner:
    def __init__(self, pytest_arguments: Sequence[str], urls: Mapping[str, str]) -> None:
        self._pytest_arguments, self._urls = pytest_arguments, urls
        self._running: list[subprocess.Popen[bytes]] = []
        self._printing = threading.Lock()
        self.interrupted = False
        # At a terminal pytest stays in our process group: it can read the keyboard, and receives
        # Ctrl-C itself.
        self._at_terminal = sys.stdin.isatty()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._interrupt)

    def run(self, suites: Sequence[str]) -> list[Result]:
        """Streams the output of a single suite; of several it prints each output when the suite is
        done.
        """
        with ThreadPoolExecutor(PARALLEL_SUITES) as pool:
            return list(pool.map(lambda suite: self._run(suite, shown=len(suites) == 1), suites))

    def _run(self, suite: str, *, shown: bool) -> Result:
        if self.interrupted:
            return Result(suite, INTERRUPTED, 0.0)
        began = time.monotonic()
        if shown:
            print(f"\n── {suite} ──", flush=True)
        pytest = self._start(suite, None if shown else subprocess.PIPE)
        output, _ = pytest.communicate()
        if not shown:
            with self._printing:
                print(f"\n── {suite} ──\n{output.decode(errors='replace')}", end="", flush=True)
        return Result(
            suite, INTERRUPTED if self.interrupted else pytest.returncode, time.monotonic() - began
        )

    def _start(self, suite: str, output: int | None) -> "subprocess.Popen[bytes]":
        # When the launcher dies, pytest receives SIGINT.
        prefix = [
            sys.executable,
            "-I",
            "-S",
            str(EXEC_WRAPPER),
            str(os.getpid()),
            str(int(signal.SIGINT)),
            "-",
        ]
        pytest = subprocess.Popen(
            [*prefix, sys.executable, "-m", "pytest", *self._pytest_arguments],
            cwd=REPOSITORY / suite,
            env=_environment(suite, self._urls),
            process_group=None if self._at_terminal else 0,
            stdin=subprocess.DEVNULL if output else None,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
        )
        self._running.append(pytest)
        return pytest

    def _interrupt(self, number: int, frame: Any) -> None:
        if not (self._at_terminal and number == signal.SIGINT):
            for pytest in self._running:
                pytest.send_signal(signal.SIGINT)
        last = threading.Timer(0 if self.interrupted else GRACE, self._kill)
        last.daemon = self.interrupted = True
        last.start()

    def _kill(self) -> None:
        for pytest in self._running:
            pytest.kill()


def run(arguments: Sequence[str]) -> int:
    suites, pytest_arguments = parse(arguments)
    began = time.monotonic()
    with (
        ephemeral_postgres.database_urls()
        if WITH_DATABASE & set(suites)
        else nullcontext(dict[str, str]()) as urls
    ):
        runner = Runner(pytest_arguments, urls)
        results = runner.run(suites)
    seconds = time.monotonic() - began
    return (
        INTERRUPTED
        if runner.interrupted
        else summarize(results, seconds, selective=bool(pytest_arguments))
    )


def parse(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Leading names of suites, then what goes to pytest; `--` may stand between them."""
    rest, chosen = list(arguments), []
    while rest and rest[0].rstrip("/") in SUITES:
        chosen.append(rest.pop(0).rstrip("/"))
    if rest and rest[0] == "--":
        rest.pop(0)
    elif rest and not chosen and not rest[0].startswith("-"):
        raise StackError(f"There is no suite named {rest[0]!r}; there are: {', '.join(SUITES)}.")
    return chosen or [suite for suite in SUITES if suite not in ON_REQUEST], rest


def summarize(results: Sequence[Result], seconds: float, *, selective: bool) -> int:
    bad = [each for each in results if each.status not in (0, NOTHING_COLLECTED)]
    nothing_ran = all(each.status == NOTHING_COLLECTED for each in results)
    empty = [each for each in results if each.status == NOTHING_COLLECTED and not selective]
    print("\n" + "\n".join(str(each) for each in results))
    outcome = f"{len(bad)} failed" if bad else "nothing ran" if nothing_ran else "all passed"
    print(f"  {len(results)} suites: {outcome}, {seconds:.1f} s")
    return 1 if bad or empty or nothing_ran else 0


def _environment(suite: str, urls: Mapping[str, str]) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)
    }
    if suite not in WITH_DATABASE:
        return inherited
    # The chassis has no database; it uses the first one.
    return inherited | UNIT_TESTS | {"DATABASE_URL": urls.get(suite) or next(iter(urls.values()))}

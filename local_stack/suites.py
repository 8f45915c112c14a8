"""`make test`: every suite, two at a time, with a line for each at the end."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from types import FrameType
from typing import IO

from local_stack import throw_away
from local_stack.catalogue import REPOSITORY, SERVICES
from local_stack.errors import StackError
from local_stack.processes import CHILD

WITH_DATABASE = ["chassis", *(service.folder for service in SERVICES.values())]
BY_NAME_ONLY = ["benchmarks"]
"""These have packages of their own, and take minutes that `make test` has not."""
LONGEST = ["integration_tests", "product_service", "chassis", "order_service"]
SUITES = [*LONGEST, *(suite for suite in [*WITH_DATABASE, "local_stack", "proof"] if suite not in LONGEST), *BY_NAME_ONLY]
"""The longest first, so that they fill the time together. integration_tests waits more than it works: it has parts frozen."""
AT_ONCE = 2
NOTHING_COLLECTED = 5
INTERRUPTED = 130
GRACE = 15.0
"""For pytest to end what its fixtures have started."""

NOT_INHERITED = (
    "PG",
    "DATABASE_",
    "DJANGO_",
    "ADMIN_",
    "LOG_",
    "OTEL_",
    "SHOP_",
    "WEB_CONCURRENCY",
    "ALLOWED_HOSTS",
    "CORS_",
    "EMAIL_",
    "GATEWAY_",
    "MIGRATION_",
    "SERVICE_PORTS",
    "TRUSTED_PROXIES",
    "ORDERS_PER_MINUTE",
)
"""What a person has set for `make up` is not to change what the tests find."""
UNIT_TESTS = {
    "DJANGO_DEBUG": "1",
    "DJANGO_SECRET_KEY": "unit-tests-django-secret-key-0123456789abcdef",
    "SERVICE_AUTH_KEY": "unit-tests-service-auth-key-0123456789abcdef",
    # Nobody listens there: a unit test that calls a neighbour is to fail at once.
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
    def __init__(self, pytest_arguments: Sequence[str]) -> None:
        self._pytest_arguments = pytest_arguments
        self._running: list[subprocess.Popen[bytes]] = []
        self._give_up_at: float | None = None
        self._printing = threading.Lock()
        # At a terminal pytest shares our process group: it may read the keyboard, and Ctrl-C reaches it without us.
        self._at_terminal = sys.stdin.isatty()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._interrupt)

    @property
    def interrupted(self) -> bool:
        return self._give_up_at is not None

    def run_all(self, environments: dict[str, dict[str, str]]) -> list[Result]:
        """A suite of its own is shown as it goes."""
        if len(environments) == 1:
            [(suite, environment)] = environments.items()
            self._title(suite)
            return [self._run(suite, environment, None)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda suite: self._run_aside(suite, environments[suite]), environments))

    def _run_aside(self, suite: str, environment: dict[str, str]) -> Result:
        """Its output is shown when it is done, in one piece."""
        with tempfile.TemporaryFile() as output:
            result = self._run(suite, environment, output)
            output.seek(0)
            with self._printing:
                self._title(suite)
                sys.stdout.buffer.write(output.read())
                sys.stdout.flush()
        return result

    def _title(self, suite: str) -> None:
        print(f"\n── {suite} ──", flush=True)

    def _run(self, suite: str, environment: dict[str, str], output: IO[bytes] | None) -> Result:
        if self.interrupted:
            return Result(suite, INTERRUPTED, 0.0)
        began = time.monotonic()
        # The launcher's end, however sudden, is Ctrl-C to pytest. (So is this thread's, which waits for it.)
        prefix = [sys.executable, "-I", "-S", str(CHILD), str(os.getpid()), str(int(signal.SIGINT)), "-"]
        pytest = subprocess.Popen(
            [*prefix, sys.executable, "-m", "pytest", *self._pytest_arguments],
            cwd=REPOSITORY / suite,
            env=environment,
            process_group=None if self._at_terminal else 0,
            stdin=subprocess.DEVNULL if output else None,
            stdout=output,
            stderr=output,
        )
        self._running.append(pytest)
        status = self._outcome(pytest)
        return Result(suite, INTERRUPTED if self.interrupted else status, time.monotonic() - began)

    def _outcome(self, pytest: "subprocess.Popen[bytes]") -> int:
        while True:
            try:
                return pytest.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                if self._give_up_at and time.monotonic() > self._give_up_at:
                    pytest.kill()

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        again = self.interrupted
        self._give_up_at = time.monotonic() + (0 if again else GRACE)
        if not again and not (self._at_terminal and number == signal.SIGINT):
            for pytest in self._running:
                pytest.send_signal(signal.SIGINT)


def run(arguments: Sequence[str]) -> int:
    chosen, pytest_arguments = _parsed(arguments)
    runner = Runner(pytest_arguments)
    began = time.monotonic()
    with throw_away.database_urls() if set(chosen) & set(WITH_DATABASE) else nullcontext(dict[str, str]()) as urls:
        results = runner.run_all({suite: _environment(suite, urls) for suite in chosen})
    seconds = time.monotonic() - began
    return INTERRUPTED if runner.interrupted else _summary(results, seconds, selective=bool(pytest_arguments))


def _parsed(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Leading names of suites, then what goes to pytest; `--` may stand between them."""
    rest, chosen = list(arguments), []
    while rest and rest[0].rstrip("/") in SUITES:
        chosen.append(rest.pop(0).rstrip("/"))
    if rest and rest[0] == "--":
        rest.pop(0)
    elif rest and not chosen and not rest[0].startswith("-"):
        raise StackError(f"There is no suite named {rest[0]!r}; there are: {', '.join(SUITES)}.")
    return chosen or [suite for suite in SUITES if _exists(suite) and suite not in BY_NAME_ONLY], rest


def _exists(suite: str) -> bool:
    folder = REPOSITORY / suite
    return any(folder.glob("test_*.py")) or any(folder.glob("tests/test_*.py"))


def _environment(suite: str, urls: dict[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
    if suite not in WITH_DATABASE:
        return inherited
    # The chassis has no database of its own; any will do.
    return inherited | UNIT_TESTS | {"DATABASE_URL": urls.get(suite) or next(iter(urls.values()))}


def _summary(results: list[Result], seconds: float, *, selective: bool) -> int:
    bad = [each for each in results if each.status not in (0, NOTHING_COLLECTED)]
    nothing_ran = all(each.status == NOTHING_COLLECTED for each in results)
    empty = [each for each in results if each.status == NOTHING_COLLECTED and not selective]
    print("\n" + "\n".join(str(each) for each in results))
    outcome = f"{len(bad)} failed" if bad else "nothing ran" if nothing_ran else "all passed"
    print(f"  {len(results)} suites: {outcome}, {seconds:.1f} s")
    return 1 if bad or empty or nothing_ran else 0

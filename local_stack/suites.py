"""`make test`: every suite in turn, with a line for each at the end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from types import FrameType

from local_stack import throw_away
from local_stack.catalogue import REPOSITORY, SERVICES
from local_stack.errors import StackError
from local_stack.processes import CHILD

SUITES = ["chassis", *(service.folder for service in SERVICES.values()), "local_stack", "integration_tests"]
WITH_DATABASE = SUITES[:5]
NOTHING_COLLECTED = 5
INTERRUPTED = 130
GRACE = 15.0
"""For pytest to end what its fixtures have started."""

NOT_INHERITED = ("PG", "DJANGO_", "ADMIN_", "LOG_", "OTEL_", "SHOP_", "WEB_CONCURRENCY", "ALLOWED_HOSTS", "CORS_", "EMAIL_URL")
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
        self._pytest: subprocess.Popen[bytes] | None = None
        self._give_up_at: float | None = None
        # At a terminal pytest shares our process group: it may read the keyboard, and Ctrl-C reaches it without us.
        self._at_terminal = sys.stdin.isatty()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._interrupt)

    @property
    def interrupted(self) -> bool:
        return self._give_up_at is not None

    def run(self, suite: str, environment: dict[str, str]) -> Result:
        print(f"\n── {suite} ──", flush=True)
        began = time.monotonic()
        # The launcher's end, however sudden, is Ctrl-C to pytest.
        prefix = [sys.executable, "-I", "-S", str(CHILD), str(os.getpid()), str(int(signal.SIGINT)), "-"]
        self._pytest = subprocess.Popen(
            [*prefix, sys.executable, "-m", "pytest", *self._pytest_arguments],
            cwd=REPOSITORY / suite,
            env=environment,
            process_group=None if self._at_terminal else 0,
        )
        status = self._outcome(self._pytest)
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
        if self._pytest and not again and not (self._at_terminal and number == signal.SIGINT):
            self._pytest.send_signal(signal.SIGINT)


def run(arguments: Sequence[str]) -> int:
    chosen, pytest_arguments = _parsed(arguments)
    runner = Runner(pytest_arguments)
    results = []
    with throw_away.database_urls() if set(chosen) & set(WITH_DATABASE) else nullcontext(dict[str, str]()) as urls:
        for suite in chosen:
            if not runner.interrupted:
                results.append(runner.run(suite, _environment(suite, urls)))
    return INTERRUPTED if runner.interrupted else _summary(results, selective=bool(pytest_arguments))


def _parsed(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Leading names of suites, then what goes to pytest; `--` may stand between them."""
    rest, chosen = list(arguments), []
    while rest and rest[0].rstrip("/") in SUITES:
        chosen.append(rest.pop(0).rstrip("/"))
    if rest and rest[0] == "--":
        rest.pop(0)
    elif rest and not chosen and not rest[0].startswith("-"):
        raise StackError(f"There is no suite named {rest[0]!r}; there are: {', '.join(SUITES)}.")
    return chosen or [suite for suite in SUITES if _exists(suite)], rest


def _exists(suite: str) -> bool:
    folder = REPOSITORY / suite
    return any(folder.glob("test_*.py")) or any(folder.glob("tests/test_*.py"))


def _environment(suite: str, urls: dict[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
    if suite not in WITH_DATABASE:
        return inherited
    # The chassis has no database of its own; any will do.
    return inherited | UNIT_TESTS | {"DATABASE_URL": urls.get(suite) or next(iter(urls.values()))}


def _summary(results: list[Result], *, selective: bool) -> int:
    bad = [each for each in results if each.status not in (0, NOTHING_COLLECTED)]
    nothing_ran = all(each.status == NOTHING_COLLECTED for each in results)
    empty = [each for each in results if each.status == NOTHING_COLLECTED and not selective]
    print("\n" + "\n".join(str(each) for each in results))
    outcome = f"{len(bad)} failed" if bad else "nothing ran" if nothing_ran else "all passed"
    print(f"  {len(results)} suites: {outcome}, {sum(each.seconds for each in results):.1f} s")
    return 1 if bad or empty or nothing_ran else 0

"""The evaluation of Schemathesis' output."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from chaos.fuzz import Fuzz, Outcome, Session, short_of
from local_stack.topology import SERVICES


def outcome(service: str, cases: int, status: int = 0) -> Outcome:
    return Outcome(
        Session(service, "staff", "", 1),
        status,
        f"Test cases:\n  {cases} generated, {cases} passed\n" if cases else "",
    )


@pytest.mark.parametrize(
    ("cases", "status", "passed"), [(1, 0, True), (0, 0, False), (5, 1, False)]
)
def test_a_session_passes_without_findings_and_with_examples(
    cases: int, status: int, passed: bool
) -> None:
    assert outcome("user", cases, status).passed is passed


def test_the_examples_of_all_roles_count_together() -> None:
    enough = [outcome(name, cases) for name in SERVICES for cases in (600, 400)]

    assert short_of(enough, 1000) == {}
    assert short_of(enough, 1001) == dict.fromkeys(SERVICES, 1000)


def test_a_service_without_a_session_is_short() -> None:
    assert short_of([outcome(name, 1000) for name in SERVICES if name != "user"], 1000) == {
        "user": 0
    }


def test_a_service_with_too_few_examples_gets_another_session() -> None:
    class Sessions(Fuzz):
        def __init__(self) -> None:
            self.ran: list[tuple[str, int]] = []
            self._staff = SimpleNamespace(token="token")

        def _sessions(self, seconds: int) -> list[Session]:
            return [Session(name, "staff", "token", seconds) for name in SERVICES]

        def _outcome(self, session: Session) -> Outcome:
            self.ran.append((session.service, session.time))
            return replace(
                outcome(session.service, 400 if session.service == "order" else 1000),
                session=session,
            )

    fuzz = Sessions()
    outcomes = list(fuzz.run(1, 1000))

    assert sorted(fuzz.ran) == sorted(
        [*((name, 0) for name in SERVICES), ("order", 1), ("order", 2)]
    )
    assert short_of(outcomes, 1000) == {}

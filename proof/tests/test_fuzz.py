"""What `make fuzz` makes of what Schemathesis says."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from proof.fuzz import SERVICES, Fuzz, Outcome, Visit, short_of


def outcome(service: str, cases: int, status: int = 0) -> Outcome:
    return Outcome(Visit(service, "staff", "", 1), status, f"Test cases:\n  {cases} generated, {cases} passed\n" if cases else "")


@pytest.mark.parametrize(("cases", "status", "passed"), [(1, 0, True), (0, 0, False), (5, 1, False)])
def test_a_visit_passes_when_it_found_nothing_and_did_something(cases: int, status: int, passed: bool) -> None:
    assert outcome("user", cases, status).passed is passed


def test_the_examples_of_all_roles_count_together() -> None:
    enough = [outcome(name, cases) for name in SERVICES for cases in (600, 400)]

    assert short_of(enough, 1000) == {}
    assert short_of(enough, 1001) == dict.fromkeys(SERVICES, 1000)


def test_a_service_that_nobody_visited_is_told() -> None:
    assert short_of([outcome(name, 1000) for name in SERVICES[1:]], 1000) == {"user": 0}


def test_who_has_seen_too_little_comes_again_with_other_examples() -> None:
    class Visits(Fuzz):
        def __init__(self) -> None:
            self.asked: list[tuple[str, int]] = []
            self._staff = SimpleNamespace(token="token")

        def _visits(self, seconds: int) -> list[Visit]:
            return [Visit(name, "staff", "token", seconds) for name in SERVICES]

        def _outcome(self, visit: Visit) -> Outcome:
            self.asked.append((visit.service, visit.time))
            return replace(outcome(visit.service, 400 if visit.service == "order" else 1000), visit=visit)

    fuzz = Visits()
    outcomes = list(fuzz.run(1, 1000))

    assert sorted(fuzz.asked) == sorted([*((name, 0) for name in SERVICES), ("order", 1), ("order", 2)])
    assert short_of(outcomes, 1000) == {}

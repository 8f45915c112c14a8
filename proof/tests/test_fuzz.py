"""What `make fuzz` makes of what Schemathesis says."""

import pytest

from proof.fuzz import SERVICES, Outcome, Visit, too_few


def outcome(service: str, cases: int, status: int = 0) -> Outcome:
    return Outcome(Visit(service, "staff", "", 1), status, f"Test cases:\n  {cases} generated, {cases} passed\n" if cases else "")


@pytest.mark.parametrize(("cases", "status", "passed"), [(1, 0, True), (0, 0, False), (5, 1, False)])
def test_a_visit_passes_when_it_found_nothing_and_did_something(cases: int, status: int, passed: bool) -> None:
    assert outcome("user", cases, status).passed is passed


def test_the_examples_of_all_roles_count_together() -> None:
    enough = [outcome(name, cases) for name in SERVICES for cases in (600, 400)]

    assert too_few(enough, 1000) == []
    assert too_few(enough, 1001) == [f"{name}: 1000 examples are fewer than 1001" for name in SERVICES]


def test_a_service_that_nobody_visited_is_told() -> None:
    visited = [outcome(name, 1000) for name in SERVICES[1:]]

    assert too_few(visited, 1000) == ["user: 0 examples are fewer than 1000"]

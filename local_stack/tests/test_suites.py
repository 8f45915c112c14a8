import subprocess

import pytest

from local_stack import StackError, suites, throw_away
from local_stack.suites import Result


@pytest.mark.parametrize(
    ("arguments", "chosen", "rest"),
    [
        (["order_service", "-k", "cancel"], ["order_service"], ["-k", "cancel"]),
        (["order_service/", "chassis"], ["order_service", "chassis"], []),
        (["order_service", "tests/test_api.py"], ["order_service"], ["tests/test_api.py"]),
        (["chassis", "--", "chassis"], ["chassis"], ["chassis"]),
    ],
)
def test_suites_come_first_and_the_rest_is_pytests(arguments, chosen, rest):
    assert suites.parse(arguments) == (chosen, rest)


def test_without_a_suite_all_that_exist_are_meant():
    chosen, rest = suites.parse(["--", "-x"])
    assert "local_stack" in chosen
    assert rest == ["-x"]


def test_an_unknown_suite_is_refused():
    with pytest.raises(StackError, match="There is no suite named 'orders'"):
        suites.parse(["orders"])


@pytest.mark.parametrize(
    ("statuses", "selective", "outcome"),
    [([0, 0], False, 0), ([0, 1], False, 1), ([0, 5], False, 1), ([0, 5], True, 0), ([5, 5], True, 1), ([2], False, 1)],
)
def test_the_outcome_is_a_failure_when_any_suite_failed_or_nothing_ran(statuses, selective, outcome):
    results = [Result(f"suite {number}", status, 1.0) for number, status in enumerate(statuses)]
    assert suites.summarize(results, 1.0, selective=selective) == outcome


def test_the_throw_away_server_lets_roles_make_databases_and_leaves_nothing():
    import psycopg2

    with throw_away.database_urls() as urls:
        connection = psycopg2.connect(urls["user_service"].replace("/users?", "/postgres?"))
        connection.autocommit = True
        connection.cursor().execute("CREATE DATABASE test_users")
        connection.close()
        socket_folder = urls["user_service"].partition("host=")[2]
    assert subprocess.run(["test", "-e", socket_folder], check=False).returncode == 1

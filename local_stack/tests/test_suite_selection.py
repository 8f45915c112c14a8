import subprocess

import pytest

from local_stack import StackError, ephemeral_postgres, test_runner
from local_stack.test_runner import Result


@pytest.mark.parametrize(
    ("arguments", "chosen", "rest"),
    [
        (["order_service", "-k", "cancel"], ["order_service"], ["-k", "cancel"]),
        (["order_service/", "chassis"], ["order_service", "chassis"], []),
        (["order_service", "tests/test_api.py"], ["order_service"], ["tests/test_api.py"]),
        (["chassis", "--", "chassis"], ["chassis"], ["chassis"]),
    ],
)
def test_further_arguments_go_to_pytest(arguments, chosen, rest):
    assert test_runner.parse(arguments) == (chosen, rest)


def test_without_a_suite_name_all_suites_run():
    chosen, rest = test_runner.parse(["--", "-x"])
    assert "local_stack" in chosen
    assert rest == ["-x"]


def test_an_unknown_suite_is_an_error():
    with pytest.raises(StackError, match="There is no suite named 'orders'"):
        test_runner.parse(["orders"])


@pytest.mark.parametrize(
    ("statuses", "selective", "outcome"),
    [
        ([0, 0], False, 0),
        ([0, 1], False, 1),
        ([0, 5], False, 1),
        ([0, 5], True, 0),
        ([5, 5], True, 1),
        ([2], False, 1),
    ],
)
def test_exit_status_is_1_when_a_suite_failed_or_nothing_ran(statuses, selective, outcome):
    results = [Result(f"suite {number}", status, 1.0) for number, status in enumerate(statuses)]
    assert test_runner.summarize(results, 1.0, selective=selective) == outcome


def test_ephemeral_postgres_lets_roles_create_databases_and_is_removed():
    import psycopg2

    with ephemeral_postgres.database_urls() as urls:
        connection = psycopg2.connect(urls["user_service"].replace("/users?", "/postgres?"))
        connection.autocommit = True
        connection.cursor().execute("CREATE DATABASE test_users")
        connection.close()
        socket_folder = urls["user_service"].partition("host=")[2]
    assert subprocess.run(["test", "-e", socket_folder], check=False).returncode == 1

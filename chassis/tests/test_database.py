import time

import pytest
from django.db import InterfaceError, OperationalError, connection, transaction

from chassis import database
from chassis.tests.conftest import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def pid_of_backend():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def ask(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()


def terminate(pid):
    """From another connection, and wait until it is gone."""
    at_once([lambda: ask("SELECT pg_terminate_backend(%s, 5000)", pid)])


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("statement_timeout", "2s"),
        ("lock_timeout", "1500ms"),
        ("idle_in_transaction_session_timeout", "5s"),
    ],
)
def test_the_server_keeps_our_limits(setting, value):
    assert ask(f"SHOW {setting}") == (value,)


def test_the_connection_has_the_name_of_the_service():
    assert ask("SHOW application_name") == ("sample",)


def test_options_of_the_url_are_kept():
    config = database.database_config({"OPTIONS": {"sslmode": "disable"}}, "x")
    assert config["OPTIONS"]["sslmode"] == "disable"
    assert config["OPTIONS"]["connect_timeout"] == 2


def test_behind_a_pooler_nothing_is_said_of_a_connection_that_others_will_have():
    config = database.database_config({}, "x", pooled=True)
    assert config["OPTIONS"] == {"connect_timeout": 2, "application_name": "x"}
    assert config["DISABLE_SERVER_SIDE_CURSORS"] is True


def test_a_transaction_may_ask_for_more_patience_and_the_next_one_has_the_usual_again(
    installed, monkeypatch
):
    connection.ensure_connection()
    monkeypatch.setattr(database, "_client_timeout", 0.3)
    with transaction.atomic(), database.statement_timeout(3):
        assert ask("SHOW statement_timeout") == ask("SHOW lock_timeout") == ("3s",)
        ask("SELECT pg_sleep(0.5)")
    assert (ask("SHOW statement_timeout"), ask("SHOW lock_timeout")) == (("2s",), ("1500ms",))
    with pytest.raises(OperationalError, match=r"no answer from PostgreSQL within 0\.3 s"):
        ask("SELECT pg_sleep(1)")
    connection.close()


def test_a_statement_that_takes_too_long_is_an_operational_error(monkeypatch):
    ask("SELECT set_config('statement_timeout', '50ms', false)")
    try:
        with pytest.raises(OperationalError, match="statement timeout"):
            ask("SELECT pg_sleep(5)")
    finally:
        connection.close()


def test_a_connection_that_died_while_idle_is_replaced_before_it_is_used():
    old = pid_of_backend()
    terminate(old)
    assert pid_of_backend() != old


def test_a_connection_that_is_well_is_kept():
    assert pid_of_backend() == pid_of_backend()


def test_a_connection_in_a_transaction_is_left_alone():
    def look():
        with transaction.atomic():
            terminate(pid_of_backend())
            ask("SELECT 1")

    (outcome,) = at_once([look])
    assert isinstance(outcome, (OperationalError, InterfaceError))


def test_a_frozen_server_is_waited_for_a_bounded_time_and_is_asked_again_when_it_goes_on(
    relay, monkeypatch
):
    old = pid_of_backend()
    monkeypatch.setattr(database, "_client_timeout", 0.3)
    relay.flows.clear()
    started = time.monotonic()
    with pytest.raises(OperationalError, match=r"no answer from PostgreSQL within 0\.3 s"):
        ask("SELECT 1")
    assert 0.25 < time.monotonic() - started < 0.6
    relay.flows.set()
    monkeypatch.setattr(database, "_client_timeout", 2.0)
    assert pid_of_backend() != old


def test_a_server_that_is_frozen_before_it_is_connected_to_is_waited_for_a_bounded_time(
    relay, monkeypatch
):
    monkeypatch.setattr(database, "_client_timeout", 0.3)
    relay.flows.clear()
    started = time.monotonic()
    with pytest.raises(OperationalError, match="no answer from PostgreSQL"):
        ask("SELECT 1")
    assert time.monotonic() - started < 0.6


def test_the_limit_is_for_each_answer_and_not_for_the_whole_connection(installed, monkeypatch):
    monkeypatch.setattr(database, "_client_timeout", 0.3)
    for _ in range(4):
        assert ask("SELECT pg_sleep(0.1)::text") == ("",)


def test_large_answers_and_large_statements_come_through(installed):
    assert len(ask("SELECT repeat('x', 5000000)")[0]) == 5_000_000
    assert ask("SELECT length(%s)", "x" * 5_000_000) == (5_000_000,)


def test_migrations_have_no_limits(monkeypatch):
    monkeypatch.setattr(database, "_client_timeout", database.CLIENT_TIMEOUT)
    try:
        database.disable_timeouts()
        assert [
            ask(f"SHOW {name}")[0]
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        ] == ["0"] * 3
        assert database._client_timeout is None
    finally:
        connection.close()

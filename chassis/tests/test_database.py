import time

import pytest
from django.db import InterfaceError, OperationalError, connection, transaction

from chassis import database
from chassis.tests.concurrency import run_concurrently

pytestmark = pytest.mark.django_db(transaction=True)


def pid_of_backend():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def query(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()


def terminate(pid):
    """Terminate the backend from another connection and wait for its end."""
    run_concurrently(lambda: query("SELECT pg_terminate_backend(%s, 5000)", pid))


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("statement_timeout", "2s"),
        ("lock_timeout", "1500ms"),
        ("idle_in_transaction_session_timeout", "5s"),
    ],
)
def test_the_server_applies_our_time_limits(setting, value):
    assert query(f"SHOW {setting}") == (value,)


def test_application_name_is_the_service():
    assert query("SHOW application_name") == ("sample",)


def test_options_of_the_url_are_preserved():
    config = database.database_config({"OPTIONS": {"sslmode": "disable"}}, "x")
    assert config["OPTIONS"]["sslmode"] == "disable"
    assert config["OPTIONS"]["connect_timeout"] == 2


def test_behind_pgbouncer_no_connection_options_are_set():
    config = database.database_config({}, "x", pooled=True)
    assert config["OPTIONS"] == {"connect_timeout": 2, "application_name": "x"}
    assert config["DISABLE_SERVER_SIDE_CURSORS"] is True


def test_statement_timeout_applies_to_the_current_transaction_only(
    client_timeout_installed, monkeypatch
):
    connection.ensure_connection()
    monkeypatch.setattr(database, "_client_timeout", 0.3)
    with transaction.atomic(), database.statement_timeout(3):
        assert query("SHOW statement_timeout") == query("SHOW lock_timeout") == ("3s",)
        query("SELECT pg_sleep(0.5)")
    assert (query("SHOW statement_timeout"), query("SHOW lock_timeout")) == (("2s",), ("1500ms",))
    with pytest.raises(OperationalError, match=r"no response from PostgreSQL within 0\.3 s"):
        query("SELECT pg_sleep(1)")
    connection.close()


def test_a_statement_that_takes_too_long_is_an_operational_error(monkeypatch):
    query("SELECT set_config('statement_timeout', '50ms', false)")
    try:
        with pytest.raises(OperationalError, match="statement timeout"):
            query("SELECT pg_sleep(5)")
    finally:
        connection.close()


def test_a_connection_that_died_while_idle_is_replaced_before_it_is_used():
    old = pid_of_backend()
    terminate(old)
    assert pid_of_backend() != old


def test_a_working_connection_is_reused():
    assert pid_of_backend() == pid_of_backend()


def test_a_connection_in_a_transaction_is_left_alone():
    def look():
        with transaction.atomic():
            terminate(pid_of_backend())
            query("SELECT 1")

    (outcome,) = run_concurrently(look)
    assert isinstance(outcome, (OperationalError, InterfaceError))


def test_a_frozen_server_is_a_timeout_and_a_new_connection_is_made_afterwards(relay, monkeypatch):
    old = pid_of_backend()
    monkeypatch.setattr(database, "_client_timeout", 0.3)
    relay.flows.clear()
    started = time.monotonic()
    with pytest.raises(OperationalError, match=r"no response from PostgreSQL within 0\.3 s"):
        query("SELECT 1")
    assert 0.25 < time.monotonic() - started < 0.6
    relay.flows.set()
    monkeypatch.setattr(database, "_client_timeout", 2.0)
    assert pid_of_backend() != old


def test_connecting_to_a_frozen_server_is_a_timeout(relay, monkeypatch):
    monkeypatch.setattr(database, "_client_timeout", 0.3)
    relay.flows.clear()
    started = time.monotonic()
    with pytest.raises(OperationalError, match="no response from PostgreSQL"):
        query("SELECT 1")
    assert time.monotonic() - started < 0.6


def test_the_client_timeout_is_for_each_response(client_timeout_installed, monkeypatch):
    monkeypatch.setattr(database, "_client_timeout", 0.3)
    for _ in range(4):
        assert query("SELECT pg_sleep(0.1)::text") == ("",)


def test_large_results_and_large_statements_work(client_timeout_installed):
    assert len(query("SELECT repeat('x', 5000000)")[0]) == 5_000_000
    assert query("SELECT length(%s)", "x" * 5_000_000) == (5_000_000,)


def test_migrations_have_no_timeouts(monkeypatch):
    monkeypatch.setattr(database, "_client_timeout", database.CLIENT_TIMEOUT)
    try:
        database.disable_timeouts()
        assert [
            query(f"SHOW {name}")[0]
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        ] == ["0"] * 3
        assert database._client_timeout is None
    finally:
        connection.close()

import re
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction
from django.db.utils import DataError, OperationalError
from django.test.utils import CaptureQueriesContext

from chassis.statements import PreparedStatement

pytestmark = pytest.mark.django_db
SUM = PreparedStatement(
    "sum_of",
    "SELECT sum(unit) + %(more)s::bigint, %(name)s::text, %(more)s + 1"
    " FROM unnest(%(units)s::bigint[]) AS unit",
)


def commands(work):
    with CaptureQueriesContext(connection) as captured:
        work()
    return [
        re.findall("PREPARE|EXECUTE|SELECT", query["sql"].replace("AS SELECT", ""))
        for query in captured.captured_queries
    ]


def fail(statement, **parameters):
    with pytest.raises(DataError), transaction.atomic():
        statement.execute(**parameters)


def test_execute_returns_the_rows():
    assert SUM.execute(units=[1, 2], more=3, name="it's 100%") == [(6, "it's 100%", 4)]
    assert SUM.execute(units=[], more=3, name=None) == [(None, None, 4)]


def test_a_statement_is_prepared_once_for_each_connection():
    statement = PreparedStatement("once", "SELECT %(a)s::int")
    assert commands(lambda: statement.execute(a=1)) == [["PREPARE", "EXECUTE"]]
    assert commands(lambda: statement.execute(a=2)) == [["EXECUTE"]]
    SUM.execute(units=[], more=1, name="")
    assert commands(lambda: SUM.execute(units=[], more=1, name="")) == [["EXECUTE"]]


def test_a_new_connection_prepares_the_statement_again():
    with connection.cursor() as cursor:
        statement = PreparedStatement("again", "SELECT %(a)s::uuid[]")
        statement.execute(a=[uuid4()])
        cursor.execute("DEALLOCATE ALL")  # as on a new connection
    from chassis import statements

    statements._prepared.clear()
    assert commands(lambda: statement.execute(a=[uuid4()])) == [["PREPARE", "EXECUTE"]]


def test_a_prepared_statement_survives_a_rollback():
    statement = PreparedStatement("after", "SELECT 1 / %(a)s::int")
    fail(statement, a=0)
    assert statement.execute(a=1) == [(1,)]


def test_a_statement_without_parameters():
    assert PreparedStatement("nothing", "SELECT 1").execute() == [(1,)]


def test_behind_pgbouncer_nothing_is_prepared(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    assert commands(lambda: SUM.execute(units=[1], more=1, name="")) == [["SELECT"]]


@pytest.fixture
def changed():
    """`changed()` changes the type of a column on another connection, as a migration does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE sample_table (word varchar(5)); INSERT INTO sample_table VALUES ('a')"
        )

    def change():
        migrating = connections.create_connection("default")
        with migrating.cursor() as cursor:
            cursor.execute("ALTER TABLE sample_table ALTER COLUMN word TYPE varchar(6)")
        migrating.close()

    yield change
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE sample_table")


def discarded():
    with connection.cursor() as cursor:
        cursor.execute("DISCARD ALL")


@pytest.mark.django_db(transaction=True)
def test_a_statement_is_prepared_again_after_a_migration(changed):
    statement = PreparedStatement("from_table", "SELECT word FROM sample_table")
    assert statement.execute() == [("a",)]
    changed()
    assert [statement.execute(), statement.execute()] == [[("a",)]] * 2


@pytest.mark.django_db(transaction=True)
def test_a_statement_is_prepared_again_after_discard():
    assert SUM.execute(units=[], more=1, name="") == [(None, "", 2)]
    discarded()
    assert SUM.execute(units=[], more=1, name="") == [(None, "", 2)]


@pytest.mark.django_db(transaction=True)
def test_a_stale_plan_fails_the_transaction_and_the_next_one_works(changed):
    statement = PreparedStatement("from_table", "SELECT word FROM sample_table")
    statement.execute()
    changed()
    with pytest.raises(OperationalError, match="out of date"), transaction.atomic():
        statement.execute()
    with transaction.atomic():
        assert statement.execute() == [("a",)]

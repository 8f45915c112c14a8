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
    "SELECT sum(unit) + %(more)s::bigint, %(name)s::text, %(more)s + 1 FROM unnest(%(units)s::bigint[]) AS unit",
)


def said(work):
    with CaptureQueriesContext(connection) as asked:
        work()
    return [
        re.findall("PREPARE|EXECUTE|SELECT", query["sql"].replace("AS SELECT", ""))
        for query in asked.captured_queries
    ]


def in_vain(statement, **parameters):
    with pytest.raises(DataError), transaction.atomic():
        statement.execute(**parameters)


def test_the_rows_are_those_of_the_sql():
    assert SUM.execute(units=[1, 2], more=3, name="it's 100%") == [(6, "it's 100%", 4)]
    assert SUM.execute(units=[], more=3, name=None) == [(None, None, 4)]


def test_each_connection_plans_it_once_and_on_the_way():
    statement = PreparedStatement("once", "SELECT %(a)s::int")
    assert said(lambda: statement.execute(a=1)) == [["PREPARE", "EXECUTE"]]
    assert said(lambda: statement.execute(a=2)) == [["EXECUTE"]]
    SUM.execute(units=[], more=1, name="")
    assert said(lambda: SUM.execute(units=[], more=1, name="")) == [["EXECUTE"]]


def test_a_new_connection_learns_it_anew():
    with connection.cursor() as cursor:
        statement = PreparedStatement("anew", "SELECT %(a)s::uuid[]")
        statement.execute(a=[uuid4()])
        cursor.execute("DEALLOCATE ALL")  # as on a connection that has never heard of anything
    from chassis import statements

    statements._prepared.clear()
    assert said(lambda: statement.execute(a=[uuid4()])) == [["PREPARE", "EXECUTE"]]


def test_what_was_prepared_in_a_transaction_that_came_to_nothing_is_still_known():
    statement = PreparedStatement("after", "SELECT 1 / %(a)s::int")
    in_vain(statement, a=0)
    assert statement.execute(a=1) == [(1,)]


def test_without_parameters():
    assert PreparedStatement("nothing", "SELECT 1").execute() == [(1,)]


def test_behind_a_pooler_nothing_is_kept(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    assert said(lambda: SUM.execute(units=[1], more=1, name="")) == [["SELECT"]]


@pytest.fixture
def changed():
    """`changed()`: a column that `of_a_table` returns is of another type, as after a migration, from a connection of its own."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE told (word varchar(5)); INSERT INTO told VALUES ('a')")

    def change():
        migrating = connections.create_connection("default")
        with migrating.cursor() as cursor:
            cursor.execute("ALTER TABLE told ALTER COLUMN word TYPE varchar(6)")
        migrating.close()

    yield change
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE told")


def discarded():
    with connection.cursor() as cursor:
        cursor.execute("DISCARD ALL")


@pytest.mark.django_db(transaction=True)
def test_a_migration_under_a_running_service_is_not_noticed(changed):
    statement = PreparedStatement("of_a_table", "SELECT word FROM told")
    assert statement.execute() == [("a",)]
    changed()
    assert [statement.execute(), statement.execute()] == [[("a",)]] * 2


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_has_forgotten_everything_is_made_anew():
    assert SUM.execute(units=[], more=1, name="") == [(None, "", 2)]
    discarded()
    assert SUM.execute(units=[], more=1, name="") == [(None, "", 2)]


@pytest.mark.django_db(transaction=True)
def test_in_the_middle_of_a_transaction_nothing_can_be_said_again_and_the_next_one_works(changed):
    statement = PreparedStatement("of_a_table", "SELECT word FROM told")
    statement.execute()
    changed()
    with pytest.raises(OperationalError, match="out of date"), transaction.atomic():
        statement.execute()
    with transaction.atomic():
        assert statement.execute() == [("a",)]

"""The run role of a service has the least privileges that it needs."""

from collections.abc import Iterator

import psycopg2
import pytest
from psycopg2 import errors, extensions

from integration_tests.shop import SERVICES, Shop, User
from local_stack import Stack
from local_stack.topology import SERVICES as CATALOGUE

APPEND_ONLY = [
    ("inventory", "UPDATE movement SET delta = 5"),
    ("inventory", "UPDATE movement SET note = note WHERE false"),
    ("inventory", "DELETE FROM movement"),
    ("inventory", "TRUNCATE movement"),
    ("inventory", "ALTER TABLE movement DISABLE TRIGGER ALL"),
    ("inventory", "DROP TRIGGER movement_is_append_only ON movement"),
    ("inventory", "SET session_replication_role = replica"),
    ("order", "UPDATE note SET text = ''"),
    ("order", "DELETE FROM note"),
]
CHANGES_OF_TABLES = [
    "CREATE TABLE things (id int)",
    "CREATE TEMPORARY TABLE things (id int)",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "DROP TABLE django_migrations",
    "DELETE FROM django_migrations",
    "TRUNCATE django_migrations",
    "CREATE ROLE another",
    "COPY django_migrations TO PROGRAM 'true'",
]


@pytest.fixture
def as_service(stack: Stack, request: pytest.FixtureRequest) -> Iterator[extensions.connection]:
    """A connection with the service's run role."""
    url = stack.database_url(request.param).replace("postgres://", "postgresql://")
    connection = psycopg2.connect(url)
    yield connection
    connection.close()


@pytest.mark.parametrize(("as_service", "statement"), APPEND_ONLY, indirect=["as_service"])
def test_append_only_tables_reject_update_and_delete(
    as_service: extensions.connection, shop: Shop, staff: User, statement: str
) -> None:
    product_id = shop.stocked(staff, 3)

    with as_service.cursor() as cursor, pytest.raises(errors.InsufficientPrivilege):
        cursor.execute(statement)

    as_service.rollback()
    assert shop.stock(product_id) == (3, 0)


@pytest.mark.parametrize("as_service", SERVICES, indirect=True)
@pytest.mark.parametrize("statement", CHANGES_OF_TABLES)
def test_the_run_role_cannot_alter_or_create_tables(
    as_service: extensions.connection, statement: str
) -> None:
    with as_service.cursor() as cursor, pytest.raises(errors.InsufficientPrivilege):
        cursor.execute(statement)


@pytest.mark.parametrize("name", SERVICES)
def test_the_run_role_cannot_truncate_and_owns_no_table(stack: Stack, name: str) -> None:
    database = CATALOGUE[name].database
    may = "bool_or(has_table_privilege(%s, oid, 'TRUNCATE, TRIGGER, REFERENCES'))"
    tables = "relkind = 'r' AND relnamespace = 'public'::regnamespace"
    with stack.database_session(name) as session, session.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) > 3, {may} FROM pg_class WHERE {tables}",  # noqa: S608
            [f"{database}_app"],
        )
        assert cursor.fetchone() == (True, False)
        cursor.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
        assert cursor.fetchall() == [(database,)]

"""Four databases. Each has two roles, which cannot connect to the others: the owner of the tables,
named like the database, and the role that the service connects with.
"""

from collections.abc import Mapping

from psycopg2 import extensions
from psycopg2.sql import SQL, Composable, Identifier, Literal


def run_role(database: str) -> str:
    return f"{database}_app"


def ensure(
    connection: extensions.connection,
    owners: Mapping[str, str],
    run_roles: Mapping[str, str] | None = None,
    *,
    can_create_databases: bool = False,
) -> None:
    """Create the databases and roles. `owners` and `run_roles` are passwords by database. Safe to
    repeat: it resets the passwords.

    `can_create_databases`: owners may create test databases and switch to the run role.
    """
    with connection.cursor() as cursor:
        for name, password in owners.items():
            _ensure_role(
                cursor, name, password, "CREATEDB" if can_create_databases else "NOCREATEDB"
            )
            _ensure_database(cursor, name)
        for name, password in (run_roles or {}).items():
            _ensure_role(cursor, run_role(name), password, "NOCREATEDB")
            _execute(
                cursor,
                "GRANT CONNECT ON DATABASE {} TO {}",
                Identifier(name),
                Identifier(run_role(name)),
            )
            if can_create_databases:
                _execute(cursor, "GRANT {} TO {}", Identifier(run_role(name)), Identifier(name))
        if not can_create_databases:
            cursor.execute("REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC")


def _ensure_role(cursor: extensions.cursor, name: str, password: str, rights: str) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
    if not cursor.fetchone():
        _execute(cursor, "CREATE ROLE {}", Identifier(name))
    _execute(
        cursor,
        "ALTER ROLE {} LOGIN {} PASSWORD {}",
        Identifier(name),
        SQL(rights),
        Literal(password),
    )


def _ensure_database(cursor: extensions.cursor, name: str) -> None:
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    if not cursor.fetchone():
        _execute(cursor, "CREATE DATABASE {} OWNER {}", Identifier(name), Identifier(name))
    _execute(cursor, "REVOKE ALL ON DATABASE {} FROM PUBLIC", Identifier(name))


def _execute(cursor: extensions.cursor, statement: str, *parts: Composable) -> None:
    cursor.execute(SQL(statement).format(*parts))

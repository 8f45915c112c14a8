"""Four databases and four roles that cannot get into one another's."""

from collections.abc import Mapping

from psycopg2 import extensions
from psycopg2.sql import SQL, Identifier, Literal


def ensure(connection: extensions.connection, passwords: Mapping[str, str], *, may_create_more: bool = False) -> None:
    """`passwords` by name, which the role and its database share. Safe to repeat; passwords are set anew."""
    with connection.cursor() as cursor:
        for name, password in passwords.items():
            _ensure_role(cursor, name, password, may_create_more)
            _ensure_database(cursor, name)
        if not may_create_more:
            cursor.execute("REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC")


def _ensure_role(cursor: extensions.cursor, name: str, password: str, may_create_more: bool) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
    if not cursor.fetchone():
        cursor.execute(SQL("CREATE ROLE {}").format(Identifier(name)))
    rights = SQL("LOGIN CREATEDB" if may_create_more else "LOGIN NOCREATEDB")
    cursor.execute(SQL("ALTER ROLE {} {} PASSWORD {}").format(Identifier(name), rights, Literal(password)))


def _ensure_database(cursor: extensions.cursor, name: str) -> None:
    database = Identifier(name)
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    if not cursor.fetchone():
        cursor.execute(SQL("CREATE DATABASE {} OWNER {}").format(database, database))
    cursor.execute(SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))

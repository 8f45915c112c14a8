"""Two database roles: the owner of the tables, for migrations, and the role of the running service.

The latter reads and writes rows. It cannot alter or truncate tables, and it can only insert into
those of settings.APPEND_ONLY_TABLES.
"""

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg2.sql import SQL, Composable, Identifier, Literal

GRANTS = [
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
]
APPEND_ONLY = "REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}"
MAY_CREATE_ROLES = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"


def connect_as_owner() -> None:
    """Make this process connect as the owner of the tables."""
    for name in ("HOST", "PORT", "NAME", "USER", "PASSWORD"):
        connection.settings_dict[name] = settings.MIGRATION_DATABASE[name]


def ensure(role: str, password: str) -> None:
    """Create the role if the owner may create roles, and grant its privileges. Safe to repeat."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MAY_CREATE_ROLES)
        if cursor.fetchone()[0]:
            _create(cursor, role, password)
        grant(cursor, role)


def grant(cursor: CursorWrapper, role: str) -> None:
    names = {"role": Identifier(role), "database": Identifier(connection.settings_dict["NAME"])}
    statements: list[Composable] = [SQL(each).format(**names) for each in GRANTS]
    statements += [
        SQL(APPEND_ONLY).format(**names, table=Identifier(each))
        for each in settings.APPEND_ONLY_TABLES
    ]
    cursor.execute(SQL("; ").join(statements))


def _create(cursor: CursorWrapper, role: str, password: str) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    verb = SQL("ALTER") if cursor.fetchone() else SQL("CREATE")
    statement = SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}")
    cursor.execute(statement.format(verb, Identifier(role), Literal(password)))

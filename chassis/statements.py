"""Prepared statements: PostgreSQL plans the SQL once for each connection (PREPARE)."""

import re
from typing import Any
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, NotSupportedError, OperationalError, connection, connections
from psycopg2 import errors

PARAMETER = re.compile(r"%\((\w+)\)s((?:::\w+(?:\[\])?)?)")
"""A named parameter with an optional cast."""

STALE_PLAN_ERRORS = (errors.FeatureNotSupported, errors.InvalidSqlStatementName)
"""A migration changed the type of a result column; the statement was dropped (DISCARD)."""

_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
"""The names of the prepared statements of each psycopg2 connection."""


class PreparedStatement:
    """`sql` has named parameters, `%(name)s`.

    Uses a generic plan, so only for statements whose best plan does not depend on the values.
    """

    def __init__(self, name: str, sql: str, *, prepare: bool = True) -> None:
        self.name, self.sql, self._is_prepared = name, sql, prepare
        casts = {name: "" for name, _ in PARAMETER.findall(sql)} | {
            name: cast for name, cast in PARAMETER.findall(sql) if cast
        }
        numbers = {name: f"${number}" for number, name in enumerate(casts, start=1)}
        self._prepare = (
            f"PREPARE {name} AS {PARAMETER.sub(lambda found: numbers[found[1]] + found[2], sql)}"
        )
        arguments = ", ".join(f"%({name})s{cast}" for name, cast in casts.items())
        self._execute = f"EXECUTE {name} ({arguments})".removesuffix(" ()")

    def execute(self, **parameters: Any) -> list[Any]:
        """Return the rows."""
        try:
            return self._rows(parameters)
        except (NotSupportedError, OperationalError) as error:
            if not isinstance(error.__cause__, STALE_PLAN_ERRORS):
                raise
            is_in_transaction = connection.in_atomic_block
            connection.close()  # nothing was executed; a new connection has no stale plans
            if is_in_transaction:
                raise OperationalError("this connection's plans are out of date") from error
        return self._rows(parameters)

    def _rows(self, parameters: dict[str, Any]) -> list[Any]:
        database = connections[DEFAULT_DB_ALIAS]  # faster than django.db.connection
        with database.cursor() as cursor:
            cursor.execute(self._sql_for_connection(database), parameters)
            rows: list[Any] = cursor.fetchall()
            return rows

    def _sql_for_connection(self, database: Any) -> str:
        """On first use of a connection, PREPARE and EXECUTE in one round trip.

        Behind PgBouncer nothing is prepared: the next transaction may use another connection.
        """
        if not self._is_prepared or database.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
            return self.sql
        known = _prepared.setdefault(database.connection, set())
        if self.name in known:
            return self._execute
        known.add(self.name)
        return f"{self._prepare}\n;{self._execute}"

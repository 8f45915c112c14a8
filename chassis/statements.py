"""SQL that PostgreSQL plans once for each connection (PREPARE), and not again for each of thousands of orders."""

import re
from typing import Any
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, NotSupportedError, OperationalError, connection, connections
from psycopg2 import errors

PARAMETER = re.compile(r"%\((\w+)\)s((?:::\w+(?:\[\])?)?)")
"""With its type, where that is said."""

STALE_PLAN_ERRORS = (errors.FeatureNotSupported, errors.InvalidSqlStatementName)
"""What PostgreSQL says of a plan whose columns a migration has made of another type, and of one that it has forgotten (DISCARD)."""

_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
"""By connection, as psycopg2 has it: the names of the statements that it knows."""


class PreparedStatement:
    """`sql` has its parameters by name, `%(name)s`. A plan that is kept knows no values: for what has one good plan only."""

    def __init__(self, name: str, sql: str, *, prepare: bool = True) -> None:
        self.name, self.sql, self._is_prepared = name, sql, prepare
        casts = {name: "" for name, _ in PARAMETER.findall(sql)} | {
            name: cast for name, cast in PARAMETER.findall(sql) if cast
        }
        numbers = {name: f"${number}" for number, name in enumerate(casts, start=1)}
        self._prepare = (
            f"PREPARE {name} AS {PARAMETER.sub(lambda found: numbers[found[1]] + found[2], sql)}"
        )
        self._execute = f"EXECUTE {name} ({', '.join(f'%({name})s{cast}' for name, cast in casts.items())})".removesuffix(
            " ()"
        )

    def execute(self, **parameters: Any) -> list[Any]:
        """The rows it returns."""
        try:
            return self._rows(parameters)
        except (NotSupportedError, OperationalError) as error:
            if not isinstance(error.__cause__, STALE_PLAN_ERRORS):
                raise
            is_part_of_more = connection.in_atomic_block
            connection.close()  # nothing was done, and a new connection plans everything anew
            if is_part_of_more:
                raise OperationalError("this connection's plans are out of date") from error
        return self._rows(parameters)

    def _rows(self, parameters: dict[str, Any]) -> list[Any]:
        database = connections[
            DEFAULT_DB_ALIAS
        ]  # django.db.connection looks it up again for each attribute
        with database.cursor() as cursor:
            cursor.execute(self._sql_for_connection(database), parameters)
            rows: list[Any] = cursor.fetchall()
            return rows

    def _sql_for_connection(self, database: Any) -> str:
        """To this connection: the first time with what it is to plan, in one go, since whoever waits for a slow database waits for
        each time. Behind a pooler nothing can be kept: the next transaction may be on another one.
        """
        if not self._is_prepared or database.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
            return self.sql
        known = _prepared.setdefault(database.connection, set())
        if self.name in known:
            return self._execute
        known.add(self.name)
        return f"{self._prepare}\n;{self._execute}"

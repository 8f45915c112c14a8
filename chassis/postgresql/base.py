"""Where a request first needs the database is where an open circuit refuses it, and nowhere else."""

from typing import Any

from django.db import OperationalError
from django.db.backends.postgresql import base
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from chassis.database import BREAKER


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        _require_closed_circuit()
        return super().get_new_connection(conn_params)

    def _cursor(self, name: str | None = None) -> Any:
        if BREAKER.is_open and self._is_idle():
            _require_closed_circuit()
        return super()._cursor(name)  # type: ignore[misc]

    def _is_idle(self) -> bool:
        """Connected, and not within a transaction: what was begun may be brought to its end."""
        connection: Any = self.connection
        return connection is not None and connection.info.transaction_status == TRANSACTION_STATUS_IDLE


def _require_closed_circuit() -> None:
    if not BREAKER.allow_request():
        raise OperationalError("circuit to database open")

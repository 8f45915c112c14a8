"""Checks a connection before each statement outside of a transaction.

A connection that the server closed is replaced; an open circuit rejects the statement. Django would
check every connection at the start and end of each request, and use one that broke in between.
"""

import select
from typing import Any

from django.db import OperationalError
from django.db.backends.postgresql import base

from chassis.database import BREAKER


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        _require_closed_circuit()
        return super().get_new_connection(conn_params)

    def ensure_connection(self) -> None:
        if self.connection is not None and not self.in_atomic_block:
            self._check()
        super().ensure_connection()

    def _check(self) -> None:
        if self._is_closed_by_server() or (self.errors_occurred and not self.is_usable()):
            self.close()
        elif BREAKER.is_open:
            _require_closed_circuit()
        self.errors_occurred = False

    def _is_closed_by_server(self) -> bool:
        """An idle connection is readable only after the server closed it. Needs no round trip."""
        if self.connection.closed:
            return True
        poller = select.poll()
        poller.register(self.connection.fileno(), select.POLLIN)
        return bool(poller.poll(0))


def _require_closed_circuit() -> None:
    if not BREAKER.allow_request():
        raise OperationalError("circuit to database open")

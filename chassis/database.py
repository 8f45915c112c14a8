"""PostgreSQL connections that are kept open, and cannot wait for ever."""

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import psycopg2
from django import db as django_db
from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.signals import request_finished, request_started
from django.db import connections
from psycopg2 import extensions

from chassis.circuit_breaker import CircuitBreaker

# A request may spend 6 s in all, and placing an order waits on the database twice: see the order service's budget.
STATEMENT_TIMEOUT = 2.0
LOCK_TIMEOUT = 1.5
IDLE_IN_TRANSACTION_TIMEOUT = 5.0
CLIENT_TIMEOUT = 2.4
"""How long the client waits for any answer, for a server that is frozen and cannot keep its own limits."""

BREAKER = CircuitBreaker("database")
"""Opens when PostgreSQL does not answer any more: chassis.postgresql then refuses new units of work at once."""

_client_timeout: float | None = CLIENT_TIMEOUT
_thread_client_timeout: ContextVar[float] = ContextVar("patience")


def database_config(config: dict[str, Any], name: str, *, pooled: bool = False) -> dict[str, Any]:
    """`config` (from Environment.database) with persistent connections, time limits and an application name.

    `pooled`: PgBouncer stands between, and may give each transaction another connection of the server's. Then nothing can be
    said of a connection; the limits are the role's (docs/scaling.md).
    """
    limits = {
        "statement_timeout": STATEMENT_TIMEOUT,
        "lock_timeout": LOCK_TIMEOUT,
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_TIMEOUT,
    }
    said = " ".join(f"-c {limit}={int(seconds * 1000)}" for limit, seconds in limits.items())
    # Whatever the database's own default is: a stricter level makes simultaneous orders fail. Plans: see chassis.statements.
    said += (
        r" -c default_transaction_isolation=read\ committed -c plan_cache_mode=force_generic_plan"
    )
    options = {"options": said}
    config["ENGINE"] = "chassis.postgresql"
    config["CONN_MAX_AGE"] = None
    config["DISABLE_SERVER_SIDE_CURSORS"] = pooled
    config["OPTIONS"] = (
        {"connect_timeout": 2, "application_name": name}
        | ({} if pooled else options)
        | config.get("OPTIONS", {})
    )
    return config


def install_client_timeout() -> None:
    """Apply the client's own time limit. Connections are looked at where they are used: see chassis.postgresql."""
    extensions.set_wait_callback(_wait)
    for signal in (request_started, request_finished):
        signal.disconnect(django_db.close_old_connections)
    request_started.disconnect(django_db.reset_queries)  # of DEBUG, which is never on
    request_finished.disconnect(close_caches)  # there are none
    request_finished.disconnect(reset_urlconf)  # each request sets it


def disable_timeouts() -> None:
    """For migrations, which may take as long as they need."""
    global _client_timeout
    _client_timeout = None
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0"
        )


@contextmanager
def statement_timeout(seconds: int) -> Iterator[None]:
    """More time for the statements of the transaction that this is in, such as an import's."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"SET LOCAL statement_timeout = '{seconds}s'; SET LOCAL lock_timeout = '{seconds}s'"
        )
    with client_timeout(seconds + 1):
        yield


@contextmanager
def client_timeout(seconds: float) -> Iterator[None]:
    """Another limit for how long this thread waits for each answer of PostgreSQL."""
    token = _thread_client_timeout.set(seconds)
    try:
        yield
    finally:
        _thread_client_timeout.reset(token)


def _poller(connection: extensions.connection, events: int) -> select.poll:
    poller = select.poll()
    poller.register(connection.fileno(), events)
    return poller


def _wait(connection: extensions.connection) -> None:
    seconds = _client_timeout and _thread_client_timeout.get(_client_timeout)
    deadline = None if seconds is None else time.monotonic() + seconds
    while (state := connection.poll()) != extensions.POLL_OK:
        events = select.POLLIN if state == extensions.POLL_READ else select.POLLOUT
        left = None if deadline is None else max(0, int((deadline - time.monotonic()) * 1000))
        if not _poller(connection, events).poll(left):
            BREAKER.record_failure()
            raise psycopg2.OperationalError(f"no answer from PostgreSQL within {seconds} s")
    BREAKER.record_success()

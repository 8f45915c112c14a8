"""Persistent PostgreSQL connections with time limits on the server and in the client."""

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

# A request has 6 s, and placing an order waits for the database twice.
STATEMENT_TIMEOUT = 2.0
LOCK_TIMEOUT = 1.5
IDLE_IN_TRANSACTION_TIMEOUT = 5.0
CLIENT_TIMEOUT = 2.4
"""Max time to wait for a response of a server that hangs and so cannot apply its own limits."""

BREAKER = CircuitBreaker("database")
"""Opens when PostgreSQL does not respond: chassis.postgresql then rejects new transactions."""

_client_timeout: float | None = CLIENT_TIMEOUT
_thread_client_timeout: ContextVar[float] = ContextVar("client_timeout")


def database_config(config: dict[str, Any], name: str, *, pooled: bool = False) -> dict[str, Any]:
    """Add persistent connections, time limits and an application name to `config`.

    `pooled`: PgBouncer may run each transaction on another server connection, so no setting is made
    on a connection; the limits are set on the role (docs/scaling.md).
    """
    limits = {
        "statement_timeout": STATEMENT_TIMEOUT,
        "lock_timeout": LOCK_TIMEOUT,
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_TIMEOUT,
    }
    flags = " ".join(f"-c {limit}={int(seconds * 1000)}" for limit, seconds in limits.items())
    # A stricter isolation level makes concurrent orders fail. Plans: see chassis.statements.
    flags += (
        r" -c default_transaction_isolation=read\ committed -c plan_cache_mode=force_generic_plan"
    )
    options = {"options": flags}
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
    """Apply CLIENT_TIMEOUT. Connections are checked when they are used: see chassis.postgresql."""
    extensions.set_wait_callback(_wait)
    for signal in (request_started, request_finished):
        signal.disconnect(django_db.close_old_connections)
    request_started.disconnect(django_db.reset_queries)  # only for DEBUG, which is never on
    request_finished.disconnect(close_caches)  # no caches are configured
    request_finished.disconnect(reset_urlconf)  # each request sets the URLconf


def disable_timeouts() -> None:
    """For migrations, which have no time limit."""
    global _client_timeout
    _client_timeout = None
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SET statement_timeout = 0; SET lock_timeout = 0; "
            "SET idle_in_transaction_session_timeout = 0"
        )


@contextmanager
def statement_timeout(seconds: int) -> Iterator[None]:
    """A longer limit for the statements of the current transaction, such as an import."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"SET LOCAL statement_timeout = '{seconds}s'; SET LOCAL lock_timeout = '{seconds}s'"
        )
    with client_timeout(seconds + 1):
        yield


@contextmanager
def client_timeout(seconds: float) -> Iterator[None]:
    """Another limit for how long this thread waits for each response of PostgreSQL."""
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
            raise psycopg2.OperationalError(f"no response from PostgreSQL within {seconds} s")
    BREAKER.record_success()

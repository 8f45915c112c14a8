"""PostgreSQL faults.

One server has all four databases, so a fault of the server affects all services.
"""

import os
import signal
import time
from contextlib import suppress

import psycopg2
from psycopg2 import extensions
from psycopg2.sql import SQL, Identifier

from chaos.process_faults import fault
from chaos.system_under_test import SystemUnderTest
from chaos.workload import Workload
from local_stack.topology import SERVICES

LOCK = "SELECT FROM stock WHERE product_id = %s FOR UPDATE"
DROP_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> "
    "pg_backend_pid()"
)

UPDATE_STARTED_ATTEMPTS = "UPDATE attempt SET lease_until = lease_until WHERE state = 'started'"
"""An update without effect of the attempts in progress."""

DEADLOCK, SERIALIZATION = b"deadlock detected", b"could not serialize access"


def immediate_shutdown(system: SystemUnderTest, workload: Workload) -> int:
    """Immediate shutdown, without a checkpoint; the next start recovers from the WAL."""
    leader = system.stack.pids("postgres")[0]
    os.kill(leader, signal.SIGQUIT)
    system.wait_for(lambda: leader not in system.stack.pids("postgres"))
    system.stack.wait_ready("postgres")
    return 1


@fault
def killed_for(system: SystemUnderTest, workload: Workload, seconds: float) -> int:
    """SIGKILL for the server, and a start after some seconds."""
    system.stack.kill("postgres", stay_down=True)
    time.sleep(seconds)
    system.stack.start("postgres")
    system.stack.wait_ready("postgres")
    return 1


@fault
def drop_connections(system: SystemUnderTest, workload: Workload, name: str, times: int = 8) -> int:
    count = 0
    with system.stack.database_session() as session:
        for _ in range(times):
            count += drop_sessions(session, SERVICES[name].database)
            time.sleep(0.3)
    return count


@fault
def unavailable(system: SystemUnderTest, workload: Workload, name: str, seconds: float) -> int:
    """Drops the connections of one database and rejects new ones."""
    with system.stack.database_session() as session:
        allow_connections(session, SERVICES[name].database, False)
        try:
            drop_sessions(session, SERVICES[name].database)
            time.sleep(seconds)
        finally:
            allow_connections(session, SERVICES[name].database, True)
    return 1


@fault
def lock_hot_row(system: SystemUnderTest, workload: Workload, seconds: float) -> int:
    with system.stack.database_session("inventory") as session:
        session.autocommit = False
        with session.cursor() as cursor:
            cursor.execute(LOCK, [workload.products.left])
            time.sleep(seconds)
        session.rollback()
    return 1


@fault
def deadlocks(system: SystemUnderTest, workload: Workload, times: int = 3) -> int:
    """Locks two rows in the opposite order, with a long deadlock_timeout, so that PostgreSQL
    cancels the service's statement.
    """
    before = count_in_log(system, DEADLOCK)
    first, last = sorted([workload.products.left, workload.products.right])
    for _ in range(times):
        with system.stack.database_session("inventory") as session, session.cursor() as cursor:
            session.autocommit = False
            cursor.execute("SET deadlock_timeout = '20s'")
            with suppress(psycopg2.Error):
                cursor.execute(LOCK, [last])
                time.sleep(
                    0.5
                )  # by now a service transaction has locked the first and waits for the last
                cursor.execute(LOCK, [first])
            session.rollback()
        workload.wait_for_orders(3)
    return count_in_log(system, DEADLOCK) - before


@fault
def serialization_errors(
    system: SystemUnderTest, workload: Workload, name: str, seconds: float, rival: str = "SELECT"
) -> int:
    """Transactions become serializable, so that concurrent changes of a row fail with 40001.

    `rival` is repeated concurrently, where the service's own transactions rarely conflict.
    """
    database, before = SERVICES[name].database, count_in_log(system, SERIALIZATION)
    with system.stack.database_session() as session, session.cursor() as cursor:
        cursor.execute(
            SQL("ALTER DATABASE {} SET default_transaction_isolation = 'serializable'").format(
                Identifier(database)
            )
        )
        try:
            drop_sessions(session, database)
            repeat_for(seconds, rival, system, name)
        finally:
            cursor.execute(
                SQL("ALTER DATABASE {} RESET default_transaction_isolation").format(
                    Identifier(database)
                )
            )
            drop_sessions(session, database)
    return count_in_log(system, SERIALIZATION) - before


def repeat_for(seconds: float, statement: str, system: SystemUnderTest, name: str) -> None:
    """Repeats a statement in transactions of 10 ms, at READ COMMITTED so that it never fails
    itself.
    """
    until = time.monotonic() + seconds
    with system.stack.database_session(name) as session, session.cursor() as cursor:
        session.set_session(isolation_level="READ COMMITTED", autocommit=False)
        while time.monotonic() < until:
            cursor.execute(statement)
            time.sleep(0.01)
            session.commit()
            time.sleep(0.01)


def drop_sessions(session: extensions.connection, database: str) -> int:
    with session.cursor() as cursor:
        cursor.execute(DROP_SESSIONS, [database])
        return cursor.rowcount


def allow_connections(session: extensions.connection, database: str, allowed: bool) -> None:
    statement = (
        "ALTER DATABASE {} ALLOW_CONNECTIONS true"
        if allowed
        else "ALTER DATABASE {} ALLOW_CONNECTIONS false"
    )
    with session.cursor() as cursor:
        cursor.execute(SQL(statement).format(Identifier(database)))


def count_in_log(system: SystemUnderTest, message: bytes) -> int:
    """How often PostgreSQL's log contains a message."""
    return system.stack.data.log("postgres").read_bytes().count(message)

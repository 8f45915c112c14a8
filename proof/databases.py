"""Faults of PostgreSQL. One server has all four databases here, so where the server itself fails, all of them do."""

import os
import signal
import time
from contextlib import suppress

import psycopg2
from psycopg2 import extensions
from psycopg2.sql import SQL, Identifier

from local_stack.topology import SERVICES
from proof.load import Load
from proof.processes import Fault
from proof.system import System

LOCK = "SELECT FROM stock WHERE product_id = %s FOR UPDATE"
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"

TOUCH_STARTED = "UPDATE attempt SET lease_until = lease_until WHERE state = 'started'"
"""A change that changes nothing, of what requests are at."""

DEADLOCK, SERIALIZATION = b"deadlock detected", b"could not serialize access"


def shut_down_at_once(system: System, load: Load) -> int:
    """Immediate shutdown: no checkpoint, no good-bye; the next start recovers from the log."""
    leader = system.stack.pids("postgres")[0]
    os.kill(leader, signal.SIGQUIT)
    system.wait_for(lambda: leader not in system.stack.pids("postgres"))
    system.stack.wait_ready("postgres")
    return 1


def killed_and_away(seconds: float) -> Fault:
    """SIGKILL for the whole server, which is started again only after a while."""

    def strike(system: System, load: Load) -> int:
        system.stack.kill("postgres", stay_down=True)
        time.sleep(seconds)
        system.stack.start("postgres")
        system.stack.wait_ready("postgres")
        return 1

    return strike


def cut_connections(name: str, times: int = 8) -> Fault:
    def strike(system: System, load: Load) -> int:
        count = 0
        with system.stack.database_session() as session:
            for _ in range(times):
                count += cut(session, SERVICES[name].database)
                time.sleep(0.3)
        return count

    return strike


def away(name: str, seconds: float) -> Fault:
    """Of one database alone: its connections are cut, and new ones are refused."""

    def strike(system: System, load: Load) -> int:
        with system.stack.database_session() as session:
            allow(session, SERVICES[name].database, False)
            try:
                cut(session, SERVICES[name].database)
                time.sleep(seconds)
            finally:
                allow(session, SERVICES[name].database, True)
        return 1

    return strike


def lock_hot_row(seconds: float) -> Fault:
    def strike(system: System, load: Load) -> int:
        with system.stack.database_session("inventory") as session:
            session.autocommit = False
            with session.cursor() as cursor:
                cursor.execute(LOCK, [load.goods.left])
                time.sleep(seconds)
            session.rollback()
        return 1

    return strike


def deadlocks(times: int = 3) -> Fault:
    """Somebody locks two rows in the other order, and is so patient that it is the service's statement that PostgreSQL ends."""

    def strike(system: System, load: Load) -> int:
        before = told(system, DEADLOCK)
        first, last = sorted([load.goods.left, load.goods.right])
        for _ in range(times):
            with system.stack.database_session("inventory") as session, session.cursor() as cursor:
                session.autocommit = False
                cursor.execute("SET deadlock_timeout = '20s'")
                with suppress(psycopg2.Error):
                    cursor.execute(LOCK, [last])
                    time.sleep(0.5)  # by now somebody has locked the first and waits for the last
                    cursor.execute(LOCK, [first])
                session.rollback()
            load.wait_for_progress(3)
        return told(system, DEADLOCK) - before

    return strike


def serialization_errors(name: str, seconds: float, rival: str = "SELECT") -> Fault:
    """The database's transactions become serializable, so that those who meet at a row fail with 40001.

    `rival` is carried out again and again beside them, for where they seldom meet each other.
    """

    def strike(system: System, load: Load) -> int:
        database, before = SERVICES[name].database, told(system, SERIALIZATION)
        with system.stack.database_session() as session, session.cursor() as cursor:
            cursor.execute(SQL("ALTER DATABASE {} SET default_transaction_isolation = 'serializable'").format(Identifier(database)))
            try:
                cut(session, database)
                carry_out_for(seconds, rival, system, name)
            finally:
                cursor.execute(SQL("ALTER DATABASE {} RESET default_transaction_isolation").format(Identifier(database)))
                cut(session, database)
        return told(system, SERIALIZATION) - before

    return strike


def carry_out_for(seconds: float, statement: str, system: System, name: str) -> None:
    """In transactions of 10 ms, one after the other, that give way to nobody."""
    until = time.monotonic() + seconds
    with system.stack.database_session(name) as session, session.cursor() as cursor:
        session.set_session(isolation_level="READ COMMITTED", autocommit=False)
        while time.monotonic() < until:
            cursor.execute(statement)
            time.sleep(0.01)
            session.commit()
            time.sleep(0.01)


def cut(session: extensions.connection, database: str) -> int:
    with session.cursor() as cursor:
        cursor.execute(CUT, [database])
        return cursor.rowcount


def allow(session: extensions.connection, database: str, allowed: bool) -> None:
    words = "ALTER DATABASE {} ALLOW_CONNECTIONS true" if allowed else "ALTER DATABASE {} ALLOW_CONNECTIONS false"
    with session.cursor() as cursor:
        cursor.execute(SQL(words).format(Identifier(database)))


def told(system: System, words: bytes) -> int:
    """How often PostgreSQL's log has these words."""
    return system.stack.data.log("postgres").read_bytes().count(words)

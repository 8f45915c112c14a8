from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest

from local_stack import Stack, databases
from local_stack.topology import SERVICES

PAIRS = [(own, other) for own in SERVICES for other in SERVICES if own != other]


def connect(stack: Stack, url: str, database: str | None = None):
    return psycopg2.connect(url, **({"dbname": database} if database else {}))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_connects_to_its_database_and_cannot_create_tables(running, name):
    connection = connect(running, running.database_url(name))
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        assert cursor.fetchone() == (f"{SERVICES[name].database}_app", SERVICES[name].database)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("CREATE TABLE things (id int)")
    connection.close()


def test_a_service_does_not_get_the_owners_password(running):
    for name in SERVICES:
        assert (
            "MIGRATION_DATABASE_URL"
            not in Path(f"/proc/{running.pids(name)[0]}/environ").read_text()
        )


@pytest.mark.parametrize(("own", "other"), PAIRS)
def test_a_role_cannot_connect_to_another_database(running, own, other):
    with pytest.raises(psycopg2.OperationalError, match=r"no pg_hba\.conf entry"):
        connect(running, running.database_url(own), SERVICES[other].database)


@pytest.mark.parametrize(("own", "other"), PAIRS)
def test_a_role_has_no_connect_privilege_on_another_database(running, own, other):
    with running.database_session() as session, session.cursor() as cursor:
        names = [f"{SERVICES[own].database}_app", SERVICES[other].database]
        cursor.execute("SELECT has_database_privilege(%s, %s, 'CONNECT')", names)
        assert cursor.fetchone() == (False,)


def test_a_role_needs_its_password(running):
    url = running.database_url("user")
    password = urlsplit(url).password
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        connect(running, url.replace(password, "guessed"))


def test_only_postgres_is_a_superuser(running):
    with running.database_session() as session, session.cursor() as cursor:
        cursor.execute(
            "SELECT rolname FROM pg_roles WHERE rolcanlogin AND (rolsuper OR rolcreatedb OR "
            "rolcreaterole)"
        )
        assert cursor.fetchall() == [("postgres",)]


def test_ensure_databases_is_repeatable_and_resets_passwords(running):
    with running.database_session() as session:
        url = running.database_url("user")
        databases.ensure(session, {"users": "another"}, {"users": "another"})
        connect(running, url.replace(urlsplit(url).password, "another")).close()
        databases.ensure(
            session, running.services.owner_passwords(), running.services.run_passwords()
        )
    connect(running, running.database_url("user")).close()


def test_the_server_listens_on_no_network(running):
    assert setting(running, "listen_addresses") == ""


def test_a_server_that_is_not_durable_runs_without_fsync(running):
    assert setting(running, "fsync") == "off"


def setting(stack: Stack, name: str) -> str:
    with stack.database_session() as session, session.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return str(cursor.fetchone()[0])

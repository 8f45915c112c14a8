from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection, connections
from django.test import Client
from psycopg2 import extensions

from chassis import database, tokens
from chassis.tests import keys, servers


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> str:
    """Creating and dropping a database may take longer than statement_timeout."""
    limits: str = connection.settings_dict["OPTIONS"].pop("options")
    return limits


@pytest.fixture(scope="session")
def django_db_setup(django_db_modify_db_settings: str, django_db_setup: None) -> Iterator[None]:
    connection.close()
    connection.settings_dict["OPTIONS"]["options"] = django_db_modify_db_settings
    yield
    del connection.settings_dict["OPTIONS"]["options"]


@pytest.fixture(autouse=True)
def empty_token_cache() -> Iterator[None]:
    tokens._verified.cache_clear()
    yield
    tokens._verified.cache_clear()


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def bearer() -> Callable[..., dict[str, str]]:
    """Headers with an access token: `bearer("staff")`, `bearer(exp=1)`."""
    return lambda *args, **changes: {
        "Authorization": f"Bearer {keys.access_token(*args, **changes)}"
    }


@pytest.fixture
def scripted_server() -> Iterator[Callable[..., servers.ScriptedServer]]:
    made: list[servers.ScriptedServer] = []

    def make(*script: Any) -> servers.ScriptedServer:
        made.append(servers.ScriptedServer(*script))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def client_timeout_installed() -> Iterator[None]:
    """CLIENT_TIMEOUT and a closed circuit, for this test only."""
    database.install_client_timeout()
    yield
    extensions.set_wait_callback(None)
    database.BREAKER.record_success()


@pytest.fixture
def relay(client_timeout_installed: None) -> Iterator[servers.Relay]:
    """A proxy to PostgreSQL that can be frozen; a stopped backend would block the whole cluster."""
    made = servers.Relay(connection.settings_dict)
    connection.close()
    original, connection.settings_dict = (
        connection.settings_dict,
        {**connection.settings_dict, "HOST": "127.0.0.1", "PORT": made.port},
    )
    yield made
    connection.close()
    connection.settings_dict = original
    made.close()


@pytest.fixture
def frozen_database(relay: servers.Relay) -> servers.Relay:
    """PostgreSQL accepts connections but does not respond until `flows` is set."""
    relay.flows.clear()
    return relay


@pytest.fixture(scope="session")
def database_url(django_db_setup: None) -> str:
    """The test database, for other processes."""
    return url_of(str(connections["default"].settings_dict["NAME"]))


@pytest.fixture(scope="session")
def service(
    tmp_path_factory: pytest.TempPathFactory, database_url: str
) -> Iterator[servers.Served]:
    """The sample service in gunicorn with one worker, shared by all tests that do not break it."""
    with servers.served(tmp_path_factory.mktemp("service"), database_url) as running:
        yield running


def url_of(name: str) -> str:
    to = connections["default"].settings_dict
    host, port = str(to["HOST"] or ""), f":{to['PORT']}" if to["PORT"] else ""
    if host.startswith("/"):  # a unix socket
        return f"postgres://{quote(to['USER'])}:{quote(to['PASSWORD'])}@/{name}?host={host}"
    return f"postgres://{quote(to['USER'])}:{quote(to['PASSWORD'])}@{host}{port}/{name}"

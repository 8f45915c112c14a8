import threading
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
    """To make and to drop a database may take longer than a request's statement."""
    limits: str = connection.settings_dict["OPTIONS"].pop("options")
    return limits


@pytest.fixture(scope="session")
def django_db_setup(django_db_modify_db_settings: str, django_db_setup: None) -> Iterator[None]:
    connection.close()
    connection.settings_dict["OPTIONS"]["options"] = django_db_modify_db_settings
    yield
    del connection.settings_dict["OPTIONS"]["options"]


@pytest.fixture(autouse=True)
def tokens_are_not_remembered() -> Iterator[None]:
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
def neighbour() -> Iterator[Callable[..., servers.ScriptedNeighbour]]:
    made: list[servers.ScriptedNeighbour] = []

    def make(*script: Any) -> servers.ScriptedNeighbour:
        made.append(servers.ScriptedNeighbour(*script))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def installed() -> Iterator[None]:
    """The client's own time limit for PostgreSQL, and a closed circuit, for this test only."""
    database.install_client_timeout()
    yield
    extensions.set_wait_callback(None)
    database.BREAKER.record_success()


@pytest.fixture
def relay(installed: None) -> Iterator[servers.Relay]:
    """A server that can be frozen: a relay before PostgreSQL, since a stopped backend would hold up the whole cluster."""
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
    """PostgreSQL accepts connections and says nothing, until its `flows` is set."""
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
    """The sample service in a gunicorn of one worker, for all tests that do no harm to it."""
    with servers.served(tmp_path_factory.mktemp("service"), database_url) as running:
        yield running


def url_of(name: str) -> str:
    to = connections["default"].settings_dict
    host, port = str(to["HOST"] or ""), f":{to['PORT']}" if to["PORT"] else ""
    if host.startswith("/"):  # a unix socket
        return f"postgres://{quote(to['USER'])}:{quote(to['PASSWORD'])}@/{name}?host={host}"
    return f"postgres://{quote(to['USER'])}:{quote(to['PASSWORD'])}@{host}{port}/{name}"


def at_once(works: list[Callable[[], Any]]) -> list[Any]:
    """Each in a thread of its own, all let go together. An exception counts as a result."""
    results: list[Any] = [None] * len(works)
    barrier = threading.Barrier(len(works))

    def run(number: int, work: Callable[[], Any]) -> None:
        barrier.wait(10)
        try:
            results[number] = work()
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    return results

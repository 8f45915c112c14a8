import threading

import pytest
from django.db import OperationalError, connection

from chassis import health
from chassis.tests.servers import drips, free_port, http_server


@pytest.fixture(autouse=True)
def nothing_known_of_migrations(monkeypatch):
    monkeypatch.setattr(health, "_migrated", False)


def test_live_is_answered_without_a_database(client):
    answer = client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


@pytest.mark.django_db
def test_ready_with_a_migrated_database(client):
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "checks": {"database": "ok", "migrations": "ok"}, "dependencies": {}}


@pytest.mark.django_db
def test_not_ready_with_a_migration_to_run(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations")
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["checks"]) == (503, {"database": "ok", "migrations": "pending"})


def test_not_ready_without_a_database(client, monkeypatch):
    def away(*args):
        raise OperationalError("away")

    monkeypatch.setattr(connection, "cursor", away)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"], answer.json()["checks"]["database"]) == (503, "not ready", "unavailable")


@pytest.mark.django_db
def test_neighbours_are_listed_and_do_not_matter(client, settings):
    with (
        http_server(lambda path, body: (200 if path == "/health/live" else 404, {})) as up,
        http_server(lambda path, body: (500, {})) as ill,
    ):
        settings.DEPENDENCIES = {"up": up, "ill": ill, "away": f"http://127.0.0.1:{free_port()}"}
        answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["dependencies"] == {"up": "ok", "ill": "unavailable", "away": "unavailable"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "dripping", [b"HTTP/1.1 200 OK\r\nX: y", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"], ids=["head", "body"]
)
def test_a_neighbour_that_sends_a_byte_now_and_then_is_not_waited_for(client, settings, neighbour, dripping):
    gave_up = threading.Event()
    settings.DEPENDENCIES = {"dripping": neighbour(drips(dripping, gave_up)).url}
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["dependencies"]) == (200, {"dripping": "unavailable"})
    assert gave_up.wait(10)

import threading
import time

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
    assert answer.json() == {
        "status": "ready",
        "checks": {"database": "ok", "migrations": "ok"},
        "dependencies": {},
    }


@pytest.mark.django_db
def test_not_ready_with_a_migration_to_run(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations")
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["checks"]) == (
        503,
        {"database": "ok", "migrations": "pending"},
    )


def test_not_ready_without_a_database(client, monkeypatch):
    def away(*args):
        raise OperationalError("away")

    monkeypatch.setattr(connection, "cursor", away)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"], answer.json()["checks"]["database"]) == (
        503,
        "not ready",
        "unavailable",
    )


@pytest.mark.django_db
def test_neighbours_are_listed_and_do_not_matter(client, settings):
    with (
        http_server(lambda path, body: (200 if path == "/health/live" else 404, {})) as up,
        http_server(lambda path, body: (500, {})) as ill,
    ):
        settings.UPSTREAM_SERVICES = {
            "up": up,
            "ill": ill,
            "away": f"http://127.0.0.1:{free_port()}",
        }
        answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["dependencies"] == {
        "up": "ok",
        "ill": "unavailable",
        "away": "unavailable",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize(
    "beginning",
    [b"", b"HTTP/1.1 200 OK\r\nX: y", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"],
    ids=["silent", "head", "body"],
)
def test_dependencies_that_drip_are_asked_side_by_side_and_given_up(
    client, settings, neighbour, beginning, count
):
    gave_up = [threading.Event() for _ in range(count)]
    settings.UPSTREAM_SERVICES = {
        str(number): neighbour(drips(beginning, event)).url for number, event in enumerate(gave_up)
    }
    client.get("/health/live")
    started = time.monotonic()
    answer = client.get("/health/ready")
    assert time.monotonic() - started < 0.8
    assert (answer.status_code, set(answer.json()["dependencies"].values())) == (
        200,
        {"unavailable"},
    )
    assert all(event.wait(5) for event in gave_up)


@pytest.mark.django_db(transaction=True)
def test_a_frozen_database_is_given_up_while_dependencies_are_asked(
    client, settings, neighbour, frozen_database
):
    settings.UPSTREAM_SERVICES = {"silent": neighbour(drips(b"", threading.Event())).url}
    client.get("/health/live")
    started = time.monotonic()
    answer = client.get("/health/ready")
    assert time.monotonic() - started < 0.8
    assert (answer.status_code, answer.json()) == (
        503,
        {
            "status": "not ready",
            "checks": {"database": "unavailable", "migrations": "unknown"},
            "dependencies": {"silent": "unavailable"},
        },
    )

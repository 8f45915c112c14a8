import threading
import time

import pytest
from django.db import OperationalError, connection

from chassis import health
from chassis.tests.servers import drip_bytes, free_port, http_server


@pytest.fixture(autouse=True)
def forget_migrations(monkeypatch):
    monkeypatch.setattr(health, "_migrated", False)


def test_live_does_not_need_the_database(client):
    response = client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "live"})


@pytest.mark.django_db
def test_ready_with_a_migrated_database(client):
    response = client.get("/health/ready")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "checks": {"database": "ok", "migrations": "ok"},
        "dependencies": {},
    }


@pytest.mark.django_db
def test_not_ready_with_a_migration_to_run(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations")
    response = client.get("/health/ready")
    assert (response.status_code, response.json()["checks"]) == (
        503,
        {"database": "ok", "migrations": "pending"},
    )


def test_not_ready_without_a_database(client, monkeypatch):
    def unavailable(*args):
        raise OperationalError("unavailable")

    monkeypatch.setattr(connection, "cursor", unavailable)
    response = client.get("/health/ready")
    assert (
        response.status_code,
        response.json()["status"],
        response.json()["checks"]["database"],
    ) == (
        503,
        "not ready",
        "unavailable",
    )


@pytest.mark.django_db
def test_upstream_services_are_listed_but_do_not_affect_readiness(client, settings):
    with (
        http_server(lambda path, body: (200 if path == "/health/live" else 404, {})) as up,
        http_server(lambda path, body: (500, {})) as failing,
    ):
        settings.UPSTREAM_SERVICES = {
            "up": up,
            "failing": failing,
            "away": f"http://127.0.0.1:{free_port()}",
        }
        response = client.get("/health/ready")
    assert response.status_code == 200
    assert response.json()["dependencies"] == {
        "up": "ok",
        "failing": "unavailable",
        "away": "unavailable",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize(
    "beginning",
    [b"", b"HTTP/1.1 200 OK\r\nX: y", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"],
    ids=["silent", "head", "body"],
)
def test_slow_dependencies_are_checked_in_parallel_with_a_timeout(
    client, settings, scripted_server, beginning, count
):
    client_closed = [threading.Event() for _ in range(count)]
    settings.UPSTREAM_SERVICES = {
        str(number): scripted_server(drip_bytes(beginning, event)).url
        for number, event in enumerate(client_closed)
    }
    client.get("/health/live")
    started = time.monotonic()
    response = client.get("/health/ready")
    assert time.monotonic() - started < 0.8
    assert (response.status_code, set(response.json()["dependencies"].values())) == (
        200,
        {"unavailable"},
    )
    assert all(event.wait(5) for event in client_closed)


@pytest.mark.django_db(transaction=True)
def test_a_frozen_database_is_a_timeout_in_parallel_with_the_dependencies(
    client, settings, scripted_server, frozen_database
):
    settings.UPSTREAM_SERVICES = {"silent": scripted_server(drip_bytes(b"", threading.Event())).url}
    client.get("/health/live")
    started = time.monotonic()
    response = client.get("/health/ready")
    assert time.monotonic() - started < 0.8
    assert (response.status_code, response.json()) == (
        503,
        {
            "status": "not ready",
            "checks": {"database": "unavailable", "migrations": "unknown"},
            "dependencies": {"silent": "unavailable"},
        },
    )

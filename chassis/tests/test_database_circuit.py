"""An open circuit rejects requests that need the database, and no others."""

import pytest
from django.db import OperationalError, connection, transaction

from chassis import circuit_breaker, database
from chassis.circuit_breaker import RECOVERY_TIMEOUT, THRESHOLD
from chassis.tests.sample.models import Thing

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch, client_timeout_installed):
    made = Clock()
    monkeypatch.setattr(circuit_breaker, "time", made)
    return made


@pytest.fixture
def open_circuit(clock):
    connection.ensure_connection()
    for _ in range(THRESHOLD):
        database.BREAKER.record_failure()
    return clock


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/swagger/", 200),
        ("/swagger.json", 200),
        ("/redoc/", 200),
        ("/errors/", 200),
        ("/metrics", 200),
        ("/health/live", 200),
        ("/nothing/here/", 404),
        ("/api/client/", 200),
    ],
)
def test_an_open_circuit_does_not_affect_pages_without_the_database(
    client, open_circuit, path, status
):
    open_circuit.now += RECOVERY_TIMEOUT
    assert [client.get(path).status_code for _ in range(3)] == [status] * 3
    assert client.get("/api/backend/").status_code == 200


@pytest.mark.parametrize("is_connected", [True, False])
def test_an_open_circuit_rejects_requests_that_need_the_database_except_one_probe(
    client, open_circuit, is_connected
):
    if not is_connected:
        connection.close()
    response = client.get("/api/backend/")
    assert (response.status_code, response.json()["code"]) == (503, "service_unavailable")
    assert client.get("/health/ready").status_code == 503

    open_circuit.now += RECOVERY_TIMEOUT
    assert [client.get(path).status_code for path in ("/api/backend/", "/health/ready")] == [
        200,
        200,
    ]


def test_a_transaction_in_progress_is_completed(clock):
    with transaction.atomic():
        first = Thing.objects.create(name="first")
        for _ in range(THRESHOLD):
            database.BREAKER.record_failure()
        Thing.objects.filter(pk=first.pk).update(name="renamed")
    assert Thing.objects.get(pk=first.pk).name == "renamed"


def test_no_transaction_is_started(open_circuit):
    with pytest.raises(OperationalError, match="circuit to database open"), transaction.atomic():
        Thing.objects.create(name="never")
    database.BREAKER.record_success()
    assert not Thing.objects.exists()


def test_a_frozen_database_opens_the_circuit(client, frozen_database, monkeypatch):
    monkeypatch.setattr(circuit_breaker, "time", Clock())
    for _ in range(THRESHOLD):
        with (
            pytest.raises(OperationalError, match="no response from PostgreSQL"),
            database.client_timeout(0.05),
        ):
            Thing.objects.exists()
    with pytest.raises(OperationalError, match="circuit to database open"):
        Thing.objects.exists()
    assert client.get("/errors/").status_code == 200

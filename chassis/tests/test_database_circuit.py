"""An open circuit refuses what needs the database, and nothing else."""

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
def clock(monkeypatch, installed):
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
        ("/api/caller/", 200),
    ],
)
def test_pages_without_the_database_are_served_and_leave_the_probe_to_others(
    client, open_circuit, path, status
):
    open_circuit.now += RECOVERY_TIMEOUT
    assert [client.get(path).status_code for _ in range(3)] == [status] * 3
    assert client.get("/api/backend/").status_code == 200


@pytest.mark.parametrize("is_connected", [True, False])
def test_what_needs_the_database_is_refused_at_once_but_for_one_probe(
    client, open_circuit, is_connected
):
    if not is_connected:
        connection.close()
    refused = client.get("/api/backend/")
    assert (refused.status_code, refused.json()["code"]) == (503, "service_unavailable")
    assert client.get("/health/ready").status_code == 503

    open_circuit.now += RECOVERY_TIMEOUT
    assert [client.get(path).status_code for path in ("/api/backend/", "/health/ready")] == [
        200,
        200,
    ]


def test_a_transaction_that_was_begun_is_brought_to_its_end(clock):
    with transaction.atomic():
        first = Thing.objects.create(name="first")
        for _ in range(THRESHOLD):
            database.BREAKER.record_failure()
        Thing.objects.filter(pk=first.pk).update(name="renamed")
    assert Thing.objects.get(pk=first.pk).name == "renamed"


def test_a_transaction_is_not_begun(open_circuit):
    with pytest.raises(OperationalError, match="circuit to database open"), transaction.atomic():
        Thing.objects.create(name="never")
    database.BREAKER.record_success()
    assert not Thing.objects.exists()


def test_a_frozen_database_opens_the_circuit(client, frozen_database, monkeypatch):
    monkeypatch.setattr(circuit_breaker, "time", Clock())
    for _ in range(THRESHOLD):
        with (
            pytest.raises(OperationalError, match="no answer from PostgreSQL"),
            database.client_timeout(0.05),
        ):
            Thing.objects.exists()
    with pytest.raises(OperationalError, match="circuit to database open"):
        Thing.objects.exists()
    assert client.get("/errors/").status_code == 200

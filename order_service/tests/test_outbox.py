"""The outbox: retries with backoff, dead letters, the API for staff."""

from uuid import uuid4

import fake_servers
import pytest
from django.db import connection

from orders.errors import DependencyUnavailable
from orders.models import OutboxMessage
from orders.services import background, transitions

pytestmark = pytest.mark.django_db


@pytest.fixture
def rejected(shop, order):
    """A stock task of a cancelled order that inventory rejects, after its first attempt."""
    shop.inventory.always(fake_servers.problem(409, "reservation_fulfilled"))
    made = order("confirmed")
    transitions.cancel(made, actor=uuid4())
    return OutboxMessage.objects.get(pk=made.pk)


def pause_of(task):
    """Seconds until it is due, by PostgreSQL's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM due_at - now()) FROM outbox_message WHERE order_id = %s",
            [task.pk],
        )
        return float(cursor.fetchone()[0])


def attempt_again(task):
    OutboxMessage.objects.filter(pk=task.pk).update(due_at="2020-01-01T00:00Z")
    with pytest.raises(DependencyUnavailable):
        background.run_once()


def test_rejected_message_counts_attempts_and_stores_the_error(rejected):
    assert (rejected.attempts, rejected.last_error) == (
        1,
        "rejected by inventory: reservation_fulfilled",
    )
    attempt_again(rejected)
    assert OutboxMessage.objects.get().attempts == 2


def test_backoff_grows_to_an_hour(rejected):
    pauses = []
    for attempts in (1, 5, 10, 40):
        OutboxMessage.objects.update(attempts=attempts)
        attempt_again(rejected)
        pauses.append(pause_of(rejected))
    assert pauses == sorted(pauses)
    assert 16 <= pauses[1] <= 32
    assert 1800 <= pauses[-1] <= 3600


def test_backoff_is_at_most_20_s_during_an_outage(shop, order):
    shop.inventory.always(fake_servers.resets)
    made = order("confirmed")
    transitions.cancel(made, actor=uuid4())
    OutboxMessage.objects.update(attempts=40, created_at="2020-01-01T00:00Z")
    attempt_again(made)
    assert pause_of(made) <= 20
    assert OutboxMessage.objects.get().failed_at is None


def test_message_becomes_a_dead_letter_after_a_day(rejected, shop):
    OutboxMessage.objects.update(created_at="2020-01-01T00:00Z")
    attempt_again(rejected)
    calls = len(shop.calls)

    OutboxMessage.objects.update(due_at="2020-01-01T00:00Z")
    background.run_once()

    assert OutboxMessage.objects.get().failed_at is not None
    assert len(shop.calls) == calls


@pytest.mark.django_db(transaction=True)
def test_staff_list_and_retry_dead_letters(rejected, shop, staff):
    OutboxMessage.objects.update(created_at="2020-01-01T00:00Z")
    assert staff.get("/api/orders/outbox/?failed=true").json()["results"] == []
    attempt_again(rejected)
    [row] = staff.get("/api/orders/outbox/?failed=true").json()["results"]
    assert (row["order_id"], row["verb"], row["attempts"]) == (str(rejected.pk), "release", 2)

    shop.inventory.always(fake_servers.reply(204))
    retried = staff.post(f"/api/orders/outbox/{rejected.pk}/retry/")

    assert (retried.status_code, retried.json()["failed_at"], retried.json()["attempts"]) == (
        200,
        None,
        0,
    )
    background.run_once()
    assert not OutboxMessage.objects.exists()


def test_retry_of_an_unknown_message_is_404(staff, assert_problem):
    assert_problem(staff.post(f"/api/orders/outbox/{uuid4()}/retry/"), 404, "stock_task_not_found")


def test_outbox_is_for_staff_only(buyer, anonymous, assert_problem, rejected):
    for path, send in (("", "get"), (f"{rejected.pk}/retry/", "post")):
        assert_problem(getattr(buyer, send)(f"/api/orders/outbox/{path}"), 403, "permission_denied")
        assert_problem(
            getattr(anonymous, send)(f"/api/orders/outbox/{path}"), 401, "not_authenticated"
        )
    assert OutboxMessage.objects.get().attempts == 1

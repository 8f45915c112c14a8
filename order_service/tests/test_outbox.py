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
    """The message of a cancelled order, rejected by inventory once."""
    shop.inventory.always(fake_servers.problem(409, "reservation_fulfilled"))
    made = order("confirmed")
    transitions.cancel(made, actor=uuid4())
    return OutboxMessage.objects.get(pk=made.pk)


def backoff_of(message):
    """The backoff in seconds, by the clock of PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM due_at - now()) FROM outbox_message WHERE order_id = %s",
            [message.pk],
        )
        return float(cursor.fetchone()[0])


def deliver_again(message):
    OutboxMessage.objects.filter(pk=message.pk).update(due_at="2020-01-01T00:00Z")
    with pytest.raises(DependencyUnavailable):
        background.run_once()


def test_rejected_message_counts_attempts_and_stores_the_error(rejected):
    assert (rejected.attempts, rejected.last_error) == (
        1,
        "rejected by inventory: reservation_fulfilled",
    )
    deliver_again(rejected)
    assert OutboxMessage.objects.get().attempts == 2


def test_backoff_grows_to_an_hour(rejected):
    backoffs = []
    for attempts in (1, 5, 10, 40):
        OutboxMessage.objects.update(attempts=attempts)
        deliver_again(rejected)
        backoffs.append(backoff_of(rejected))
    assert backoffs == sorted(backoffs)
    assert 16 <= backoffs[1] <= 32
    assert 1800 <= backoffs[-1] <= 3600


def test_backoff_is_at_most_20_s_during_an_outage(shop, order):
    shop.inventory.always(fake_servers.resets)
    made = order("confirmed")
    transitions.cancel(made, actor=uuid4())
    OutboxMessage.objects.update(attempts=40, created_at="2020-01-01T00:00Z")
    deliver_again(made)
    assert backoff_of(made) <= 20
    assert OutboxMessage.objects.get().failed_at is None


def test_message_becomes_a_dead_letter_after_a_day(rejected, shop):
    OutboxMessage.objects.update(created_at="2020-01-01T00:00Z")
    deliver_again(rejected)
    calls = len(shop.calls)

    OutboxMessage.objects.update(due_at="2020-01-01T00:00Z")
    background.run_once()

    assert OutboxMessage.objects.get().failed_at is not None
    assert len(shop.calls) == calls


@pytest.mark.parametrize("failed", ["null", "NULL", "perhaps", "2"])
def test_outbox_filter_is_true_or_false(staff, assert_problem, failed):
    response = staff.get(f"/api/orders/outbox/?failed={failed}")
    assert assert_problem(response, 400, "invalid")["errors"][0]["field"] == "failed"


@pytest.mark.django_db(transaction=True)
def test_staff_list_and_retry_dead_letters(rejected, shop, staff):
    OutboxMessage.objects.update(created_at="2020-01-01T00:00Z")
    assert staff.get("/api/orders/outbox/?failed=true").json()["results"] == []
    deliver_again(rejected)
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

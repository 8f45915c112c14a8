"""The outbox of stock tasks: what inventory rejects is tried again after growing pauses, and fails after a day."""

from uuid import uuid4

import neighbours
import pytest
from django.db import connection

from orders.models import StockTask
from orders.services import lifecycle, recovery

pytestmark = pytest.mark.django_db


@pytest.fixture
def rejected(shop, order):
    """A stock task of a cancelled order that inventory rejects, after its first attempt."""
    shop.inventory.always(neighbours.problem(409, "reservation_fulfilled"))
    made = order("confirmed")
    lifecycle.cancel(made, actor=uuid4())
    return StockTask.objects.get(pk=made.pk)


def pause_of(task):
    """Seconds until it is due, by PostgreSQL's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM due_at - now()) FROM stock_task WHERE order_id = %s",
            [task.pk],
        )
        return float(cursor.fetchone()[0])


def attempt_again(task):
    StockTask.objects.filter(pk=task.pk).update(due_at="2020-01-01T00:00Z")
    with pytest.raises(recovery.NeighbourAway):
        recovery.catch_up()


def test_a_rejected_task_counts_its_attempts_and_says_why(rejected):
    assert (rejected.attempts, rejected.last_error) == (
        1,
        "rejected by inventory: reservation_fulfilled",
    )
    attempt_again(rejected)
    assert StockTask.objects.get().attempts == 2


def test_the_pauses_grow_up_to_an_hour(rejected):
    pauses = []
    for attempts in (1, 5, 10, 40):
        StockTask.objects.update(attempts=attempts)
        attempt_again(rejected)
        pauses.append(pause_of(rejected))
    assert pauses == sorted(pauses)
    assert 16 <= pauses[1] <= 32
    assert 1800 <= pauses[-1] <= 3600


def test_while_inventory_is_out_of_reach_a_task_is_due_within_20_s_however_often_it_failed(
    shop, order
):
    shop.inventory.always(neighbours.resets)
    made = order("confirmed")
    lifecycle.cancel(made, actor=uuid4())
    StockTask.objects.update(attempts=40, created_at="2020-01-01T00:00Z")
    attempt_again(made)
    assert pause_of(made) <= 20
    assert StockTask.objects.get().failed_at is None


def test_after_a_day_it_has_failed_and_is_not_tried_any_more(rejected, shop):
    StockTask.objects.update(created_at="2020-01-01T00:00Z")
    attempt_again(rejected)
    calls = len(shop.calls)

    StockTask.objects.update(due_at="2020-01-01T00:00Z")
    recovery.catch_up()

    assert StockTask.objects.get().failed_at is not None
    assert len(shop.calls) == calls


@pytest.mark.django_db(transaction=True)
def test_staff_see_what_has_failed_and_have_it_tried_again(rejected, shop, staff):
    StockTask.objects.update(created_at="2020-01-01T00:00Z")
    assert staff.get("/api/orders/outbox/?failed=true").json()["results"] == []
    attempt_again(rejected)
    [row] = staff.get("/api/orders/outbox/?failed=true").json()["results"]
    assert (row["order_id"], row["verb"], row["attempts"]) == (str(rejected.pk), "release", 2)

    shop.inventory.always(neighbours.reply(204))
    retried = staff.post(f"/api/orders/outbox/{rejected.pk}/retry/")

    assert (retried.status_code, retried.json()["failed_at"], retried.json()["attempts"]) == (
        200,
        None,
        0,
    )
    recovery.catch_up()
    assert not StockTask.objects.exists()


def test_of_no_unfinished_task_a_retry_is_404(staff, refused):
    refused(staff.post(f"/api/orders/outbox/{uuid4()}/retry/"), 404, "stock_task_not_found")


def test_the_outbox_is_for_staff(buyer, anyone, refused, rejected):
    for path, send in (("", "get"), (f"{rejected.pk}/retry/", "post")):
        refused(getattr(buyer, send)(f"/api/orders/outbox/{path}"), 403, "permission_denied")
        refused(getattr(anyone, send)(f"/api/orders/outbox/{path}"), 401, "not_authenticated")
    assert StockTask.objects.get().attempts == 1

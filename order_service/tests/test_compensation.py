"""The order worker: expired leases, compensation, batches, and the purge of old attempts."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import fake_servers
import pytest
from django.db import connection
from factories import PAST, create_attempt
from fake_servers import problem
from shop import expire_leases, run_worker_until_idle

from chassis.tests.concurrency import run_concurrently
from orders import clients
from orders.errors import DependencyUnavailable
from orders.models import Attempt, OutboxMessage
from orders.services import background, order_attempts, outbox

pytestmark = pytest.mark.django_db


def attempt(state: str = "aborting", hours_ago: float = 0, **fields) -> Attempt:
    created_at = datetime.now(UTC) - timedelta(hours=hours_ago)
    return create_attempt(state, created_at=created_at, **fields)


def states() -> list[str]:
    return list(Attempt.objects.values_list("state", flat=True).order_by("state"))


def test_idle_worker_calls_no_service(shop):
    for state in ("completed", "rejected", "aborted"):
        attempt(state)

    assert background.run_once() is False
    assert shop.calls == []


def test_worker_compensates_expired_and_aborting_attempts(shop):
    started, aborting = attempt("started"), attempt("aborting")
    alive = attempt("started", lease_until=datetime.now(UTC) + timedelta(hours=1))

    background.run_once()

    assert states() == ["aborted", "aborted", "started"]
    assert shop.stock.reservations == {
        str(one.order_id): ("released", {}) for one in (started, aborting)
    }
    assert Attempt.objects.get(state="started").pk == alive.pk


def test_failed_compensation_is_retried_after_its_lease(shop):
    attempt("started")
    shop.inventory.always(fake_servers.resets)

    with pytest.raises(DependencyUnavailable):
        background.run_once()
    assert states() == ["aborting"]
    assert background.run_once() is False  # its lease has not expired
    assert shop.inventory.methods == ["DELETE"]

    shop.inventory.always(fake_servers.succeeds)
    run_worker_until_idle()
    assert states() == ["aborted"]


def test_worker_works_in_batches(shop, order):
    for _ in range(background.BATCH_SIZE + 5):
        attempt("started")
        OutboxMessage.objects.create(order=order("cancelled"), verb="release", due_at=PAST)

    assert background.run_once() is True
    assert (states().count("aborted"), OutboxMessage.objects.count()) == (background.BATCH_SIZE, 5)
    assert background.run_once() is False
    assert (set(states()), OutboxMessage.objects.count()) == ({"aborted"}, 0)


@pytest.mark.parametrize(
    "plan",
    [[], ["hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize"]],
    ids=["any", "nested loop"],
)
def test_batch_limit_holds_for_every_query_plan(order, plan, unprepared_statements):
    """The SELECT … LIMIT … FOR UPDATE of an UPDATE can run once per row in a nested loop."""
    for _ in range(10):
        attempt("aborting")
        OutboxMessage.objects.create(order=order("cancelled"), verb="release", due_at=PAST)
    with connection.cursor() as cursor:
        for kind in plan:
            cursor.execute(f"SET LOCAL enable_{kind} = off")

    assert len(order_attempts.lease_aborting(4)) == 4
    assert len(outbox.lease_due(4)) == 4
    Attempt.objects.update(state="aborted", created_at=PAST)
    assert len(order_attempts.statements.PURGE.execute(hours=1, limit=4)) == 4


@pytest.mark.parametrize(
    "response",
    [problem(409, "reservation_fulfilled"), problem(500, "internal_error"), fake_servers.hangs],
)
def test_failing_compensation_does_not_block_others(
    shop, order, closed_circuit_breaker, short_timeouts, response
):
    bad = [attempt() for _ in range(3)]
    good = [attempt() for _ in range(10)]
    task = OutboxMessage.objects.create(order=order("cancelled"), verb="release", due_at=PAST)
    paths = {f"/api/inventory/reservations/{one.order_id}/" for one in bad}
    shop.inventory.always(
        lambda exchange: (response if exchange.call.path in paths else fake_servers.succeeds)(
            exchange
        )
    )

    with pytest.raises(DependencyUnavailable):
        background.run_once()

    assert states().count("aborted") == len(good)
    assert not OutboxMessage.objects.filter(pk=task.pk).exists()


@pytest.mark.parametrize("verb", ["release", "fulfil"])
def test_failing_outbox_message_does_not_block_others(shop, order, closed_circuit_breaker, verb):
    tasks = [
        OutboxMessage.objects.create(order=order("cancelled"), verb=verb, due_at=PAST)
        for _ in range(10)
    ]
    paths = {f"/api/inventory/reservations/{task.pk}/" for task in tasks[:3]}
    no, yes = problem(409, "reservation_released"), fake_servers.reply(204)
    shop.inventory.always(
        lambda exchange: (no if exchange.call.path.removesuffix("fulfil/") in paths else yes)(
            exchange
        )
    )

    with pytest.raises(DependencyUnavailable):
        background.run_once()

    assert set(OutboxMessage.objects.values_list("pk", flat=True)) == {
        task.pk for task in tasks[:3]
    }


def test_batch_ends_with_its_leases(shop, closed_circuit_breaker, monkeypatch):
    monkeypatch.setattr(background, "WORKER_LEASE", 0.5)
    monkeypatch.setattr(clients, "CALL_TIMEOUT", 0.2)
    for _ in range(10):
        attempt()
    shop.inventory.always(fake_servers.hangs)
    began = datetime.now(UTC)

    with pytest.raises(DependencyUnavailable):
        background.run_once()

    assert datetime.now(UTC) - began < timedelta(seconds=1)
    assert len(shop.calls) <= 4  # the last one with the rest of the lease


def test_lost_release_response_is_retried_and_releases_once(shop, buyer):
    lamp = shop.sells("LAMP")
    shop.inventory.then(
        fake_servers.handled_then_reset,
        fake_servers.handled_then_reset,
        fake_servers.handled_then_reset,
    )
    assert buyer.order({lamp: 1}).status_code == 503
    assert states() == ["aborting"]

    run_worker_until_idle()

    assert shop.inventory.methods == ["PUT", "PUT", "DELETE", "DELETE"]
    assert [verb for verb, _ in shop.stock.moves] == ["held", "released"]
    shop.check()


def test_worker_skips_a_message_that_a_request_is_delivering(shop, buyer):
    order = buyer.order({shop.sells("LAMP"): 1})
    shop.inventory.then(fake_servers.resets)
    buyer.post(f"{order['Location']}cancel/")

    background.run_once()
    assert shop.inventory.methods == ["PUT", "DELETE"]
    expire_leases()
    background.run_once()
    assert shop.inventory.methods == ["PUT", "DELETE", "DELETE"]


@pytest.mark.parametrize("state", ["completed", "rejected", "aborted"])
def test_finished_attempts_are_purged_after_48_hours(state):
    retained = {attempt(state, hours_ago=hours).pk for hours in (0, 1, 24, 24.1, 47)}
    for hours in (49, 1000):
        attempt(state, hours_ago=hours)

    assert order_attempts.purge() is False

    assert set(Attempt.objects.values_list("pk", flat=True)) == retained


@pytest.mark.parametrize("state", ["started", "aborting"])
def test_unfinished_attempt_is_never_purged(state):
    attempt(state, hours_ago=1000)

    order_attempts.purge()

    assert states() == [state]


def test_restarted_attempt_is_not_purged():
    old = attempt("aborted", hours_ago=1000)
    claim = order_attempts.claim(old.user_id, "k", "f")
    order_attempts.reject(claim, 409, b"{}")

    order_attempts.purge()

    assert states() == ["rejected"]


def test_purged_key_can_place_another_order(shop, buyer):
    lamp = shop.sells("LAMP")
    first = buyer.order({lamp: 1}, key="k")
    Attempt.objects.update(created_at=PAST)
    order_attempts.purge()

    second = buyer.order({lamp: 2}, key="k")

    assert second.status_code == 201
    assert buyer.get(first["Location"]).json() == first.json()
    shop.check()


def test_attempts_are_purged_in_batches():
    defaults = {"fingerprint": "f", "state": "aborted", "lease_until": PAST, "created_at": PAST}
    Attempt.objects.bulk_create(
        Attempt(user_id=uuid4(), idempotency_key=str(number), order_id=uuid4(), **defaults)
        for number in range(1100)
    )

    assert order_attempts.purge() is True
    assert Attempt.objects.count() == 100
    assert order_attempts.purge() is False
    assert Attempt.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_concurrent_workers_do_each_task_once(shop, order):
    for _ in range(15):
        attempt("aborting")
        OutboxMessage.objects.create(order=order("cancelled"), verb="release", due_at=PAST)

    run_concurrently(*[background.run_once] * 4)

    assert (set(states()), OutboxMessage.objects.count()) == ({"aborted"}, 0)
    assert len(shop.inventory.calls) == len({call.path for call in shop.inventory.calls}) == 30

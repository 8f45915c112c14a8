"""The worker's rounds: what is left undone gets done, one bad apple does not spoil the rest, and old keys are forgotten."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import neighbours
import pytest
from conftest import PAST, at_once, time_passes, worker_catches_up
from django.db import connection
from neighbours import problem

from orders.errors import NeighbourAway
from orders.models import Attempt, StockTask
from orders.services import attempts, recovery

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(db):
    def make(state: str = "aborting", hours_ago: float = 0, **facts) -> Attempt:
        answer = (
            {"answer": "{}", "answer_status": 409 if state == "refused" else 201}
            if state in ("completed", "refused")
            else {}
        )
        plain = {
            "user_id": uuid4(),
            "idempotency_key": "k",
            "fingerprint": "f",
            "order_id": uuid4(),
        }
        age = {"created_at": datetime.now(UTC) - timedelta(hours=hours_ago), "lease_until": PAST}
        return Attempt.objects.create(state=state, **plain | age | answer | facts)

    return make


def states() -> list[str]:
    return list(Attempt.objects.values_list("state", flat=True).order_by("state"))


def test_a_round_with_nothing_to_do_calls_nobody(shop, attempt):
    for state in ("completed", "refused", "aborted"):
        attempt(state)

    assert recovery.catch_up() is False
    assert shop.calls == []


def test_a_round_takes_what_was_started_and_left_through_to_aborted(shop, attempt):
    started, aborting = attempt("started"), attempt("aborting")
    alive = attempt("started", lease_until=datetime.now(UTC) + timedelta(hours=1))

    recovery.catch_up()

    assert states() == ["aborted", "aborted", "started"]
    assert shop.stock.reservations == {
        str(one.order_id): ("released", {}) for one in (started, aborting)
    }
    assert Attempt.objects.get(state="started").pk == alive.pk


def test_what_cannot_be_undone_now_is_left_for_later(shop, attempt):
    attempt("started")
    shop.inventory.always(neighbours.resets)

    with pytest.raises(NeighbourAway):
        recovery.catch_up()
    assert states() == ["aborting"]
    assert recovery.catch_up() is False  # its lease is not over
    assert shop.inventory.told == ["DELETE"]

    shop.inventory.always(neighbours.as_usual)
    worker_catches_up()
    assert states() == ["aborted"]


def test_more_than_a_round_can_do_is_done_in_several(shop, attempt, order):
    for _ in range(recovery.BATCH + 5):
        attempt("started")
        StockTask.objects.create(order=order("cancelled"), verb="release", due_at=PAST)

    assert recovery.catch_up() is True
    assert (states().count("aborted"), StockTask.objects.count()) == (recovery.BATCH, 5)
    assert recovery.catch_up() is False
    assert (set(states()), StockTask.objects.count()) == ({"aborted"}, 0)


@pytest.mark.parametrize(
    "plan",
    [[], ["hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize"]],
    ids=["any", "nested loop"],
)
def test_a_round_takes_no_more_than_it_can_do_whatever_plan_postgresql_makes(
    attempt, order, plan, said_in_full
):
    """In `UPDATE … WHERE id IN (SELECT … LIMIT … FOR UPDATE SKIP LOCKED)` the SELECT may run, limit and all, once for each row."""
    for _ in range(10):
        attempt("aborting")
        StockTask.objects.create(order=order("cancelled"), verb="release", due_at=PAST)
    with connection.cursor() as cursor:
        for kind in plan:
            cursor.execute(f"SET LOCAL enable_{kind} = off")

    assert len(attempts.take_aborting(4)) == 4
    assert len(recovery.TAKE_TASKS.execute(lease=3, most=4)) == 4
    Attempt.objects.update(state="aborted", created_at=PAST)
    assert len(recovery.FORGET.execute(hours=1, most=4)) == 4


@pytest.mark.parametrize(
    "answer",
    [problem(409, "reservation_fulfilled"), problem(500, "internal_error"), neighbours.hangs],
)
def test_one_attempt_that_can_never_be_undone_keeps_no_other_from_it(
    shop, attempt, order, patient, hasty, answer
):
    """Or else all stock that crashes have left behind would wait for a person to look at that one."""
    bad = [attempt() for _ in range(3)]
    good = [attempt() for _ in range(10)]
    task = StockTask.objects.create(order=order("cancelled"), verb="release", due_at=PAST)
    paths = {f"/api/inventory/reservations/{one.order_id}/" for one in bad}
    shop.inventory.always(
        lambda exchange: (answer if exchange.call.path in paths else neighbours.as_usual)(exchange)
    )

    with pytest.raises(NeighbourAway):
        recovery.catch_up()

    assert states().count("aborted") == len(good)
    assert not StockTask.objects.filter(pk=task.pk).exists()


@pytest.mark.parametrize("verb", ["release", "fulfil"])
def test_one_task_that_can_never_be_done_keeps_no_other_from_it(shop, order, patient, verb):
    tasks = [
        StockTask.objects.create(order=order("cancelled"), verb=verb, due_at=PAST)
        for _ in range(10)
    ]
    paths = {f"/api/inventory/reservations/{task.pk}/" for task in tasks[:3]}
    no, yes = problem(409, "reservation_released"), neighbours.reply(204)
    shop.inventory.always(
        lambda exchange: (no if exchange.call.path.removesuffix("fulfil/") in paths else yes)(
            exchange
        )
    )

    with pytest.raises(NeighbourAway):
        recovery.catch_up()

    assert set(StockTask.objects.values_list("pk", flat=True)) == {task.pk for task in tasks[:3]}


def test_a_hanging_inventory_keeps_a_round_no_longer_than_its_leases(
    shop, attempt, patient, monkeypatch
):
    monkeypatch.setattr(recovery, "WORKER_LEASE_SECONDS", 0.5)
    monkeypatch.setattr(recovery, "CALL_SECONDS", 0.2)
    for _ in range(10):
        attempt()
    shop.inventory.always(neighbours.hangs)
    began = datetime.now(UTC)

    with pytest.raises(NeighbourAway):
        recovery.catch_up()

    assert datetime.now(UTC) - began < timedelta(seconds=1)
    assert len(shop.calls) <= 4  # the last one for the millisecond that is left


def test_what_was_done_and_lost_is_told_again_and_done_once(shop, buyer):
    lamp = shop.sells("LAMP")
    shop.inventory.then(
        neighbours.carried_out_then_lost,
        neighbours.carried_out_then_lost,
        neighbours.carried_out_then_lost,
    )
    assert buyer.order({lamp: 1}).status_code == 503
    assert states() == ["aborting"]

    worker_catches_up()

    assert shop.inventory.told == ["PUT", "PUT", "DELETE", "DELETE"]
    assert [verb for verb, _ in shop.stock.moves] == ["held", "released"]
    shop.check()


def test_a_task_is_left_to_the_request_that_made_it_for_a_while(shop, buyer):
    order = buyer.order({shop.sells("LAMP"): 1})
    shop.inventory.then(neighbours.resets)
    buyer.post(f"{order['Location']}cancel/")

    recovery.catch_up()
    assert shop.inventory.told == ["PUT", "DELETE"]
    time_passes()
    recovery.catch_up()
    assert shop.inventory.told == ["PUT", "DELETE", "DELETE"]


@pytest.mark.parametrize("state", ["completed", "refused", "aborted"])
def test_old_attempts_are_forgotten_but_not_within_the_24_hours_that_are_promised(attempt, state):
    kept = {attempt(state, hours_ago=hours).pk for hours in (0, 1, 24, 24.1, 47)}
    for hours in (49, 1000):
        attempt(state, hours_ago=hours)

    assert recovery.forget_old_attempts() is False

    assert set(Attempt.objects.values_list("pk", flat=True)) == kept


@pytest.mark.parametrize("state", ["started", "aborting"])
def test_an_attempt_that_is_not_over_is_never_forgotten(attempt, state):
    attempt(state, hours_ago=1000)

    recovery.forget_old_attempts()

    assert states() == [state]


def test_starting_over_makes_an_attempt_young_again(attempt):
    old = attempt("aborted", hours_ago=1000)
    claim = attempts.claim(old.user_id, "k", "f")
    attempts.refuse(claim, 409, b"{}")

    recovery.forget_old_attempts()

    assert states() == ["refused"]


def test_an_order_outlives_its_attempt_and_the_key_is_free_again(shop, buyer):
    lamp = shop.sells("LAMP")
    first = buyer.order({lamp: 1}, key="k")
    Attempt.objects.update(created_at=PAST)
    recovery.forget_old_attempts()

    second = buyer.order({lamp: 2}, key="k")

    assert second.status_code == 201
    assert buyer.get(first["Location"]).json() == first.json()
    shop.check()


def test_many_old_attempts_are_forgotten_in_portions(attempt):
    plain = {"fingerprint": "f", "state": "aborted", "lease_until": PAST, "created_at": PAST}
    Attempt.objects.bulk_create(
        Attempt(user_id=uuid4(), idempotency_key=str(number), order_id=uuid4(), **plain)
        for number in range(1100)
    )

    assert recovery.forget_old_attempts() is True
    assert Attempt.objects.count() == 100
    assert recovery.forget_old_attempts() is False
    assert Attempt.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_do_each_thing_once(shop, attempt, order):
    for _ in range(15):
        attempt("aborting")
        StockTask.objects.create(order=order("cancelled"), verb="release", due_at=PAST)

    at_once(*[recovery.catch_up] * 4)

    assert (set(states()), StockTask.objects.count()) == ({"aborted"}, 0)
    assert len(shop.inventory.calls) == len({call.path for call in shop.inventory.calls}) == 30

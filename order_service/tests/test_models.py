"""Each constraint, broken on purpose."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from conftest import PAST, uuid7
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from orders.models import Attempt, Event, Note, Order, OrderLine, StockTask

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def attempt(**facts) -> Attempt:
    over = facts.get("state") in ("completed", "refused")
    plain = {
        "user_id": uuid4(),
        "idempotency_key": "k",
        "fingerprint": "f",
        "state": "started",
        "order_id": uuid4(),
    }
    answer = (
        {"answer": "{}", "answer_status": 409 if facts["state"] == "refused" else 201}
        if over
        else {}
    )
    return Attempt.objects.create(**plain | {"lease_until": PAST} | answer | facts)


def line(order, **facts) -> OrderLine:
    plain = {
        "position": 2,
        "product_id": uuid4(),
        "sku": "S",
        "name": "N",
        "unit_price": Decimal("0.10"),
        "quantity": 3,
    }
    return OrderLine.objects.create(order=order, **plain | {"line_total": Decimal("0.30")} | facts)


def broken(work: Callable[[], object]) -> str:
    """The name of the constraint that stands in the way."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        work()
    return refusal.value.__cause__.diag.constraint_name


def same_key_again():
    first = attempt()
    attempt(user_id=first.user_id)


def unknown_state():
    with (
        connection.cursor() as cursor
    ):  # it stands behind the other one, which PostgreSQL looks at first
        cursor.execute(
            "ALTER TABLE attempt DROP CONSTRAINT an_attempt_has_its_answer_when_it_is_over"
        )
    attempt(state="lost")


BREAKERS = [
    ("one_attempt_per_key", lambda order: same_key_again()),
    ("attempt_state_is_known", lambda order: unknown_state()),
    (
        "an_attempt_has_its_answer_when_it_is_over",
        lambda order: attempt(state="completed", answer=None),
    ),
    (
        "an_attempt_has_its_answer_when_it_is_over",
        lambda order: attempt(state="completed", answer_status=None),
    ),
    (
        "an_attempt_has_its_answer_when_it_is_over",
        lambda order: attempt(state="refused", answer=None),
    ),
    (
        "an_attempt_has_its_answer_when_it_is_over",
        lambda order: attempt(state="refused", answer_status=None),
    ),
    (
        "an_attempt_has_its_answer_when_it_is_over",
        lambda order: attempt(state="started", answer="{}"),
    ),
    (
        "an_attempt_has_its_answer_when_it_is_over",
        lambda order: attempt(state="aborting", answer="{}"),
    ),
    (
        "an_attempt_has_its_answer_when_it_is_over",
        lambda order: attempt(state="aborted", answer="{}"),
    ),
    (
        "only_definitive_answers_are_kept",
        lambda order: attempt(state="completed", answer_status=409),
    ),
    ("only_definitive_answers_are_kept", lambda order: attempt(state="refused", answer_status=201)),
    ("only_definitive_answers_are_kept", lambda order: attempt(state="refused", answer_status=503)),
    ("only_definitive_answers_are_kept", lambda order: attempt(state="started", answer_status=201)),
    ("order_number_is_unique", lambda order: order(number=order().number)),
    ("order_status_is_known", lambda order: order("lost")),
    ("an_order_is_as_old_as_its_id", lambda order: order(id=uuid4(), created_at=NOON)),
    (
        "an_order_is_as_old_as_its_id",
        lambda order: order(id=uuid7(NOON - timedelta(milliseconds=1)), created_at=NOON),
    ),
    (
        "an_order_is_as_old_as_its_id",
        lambda order: order(id=uuid7(NOON + timedelta(milliseconds=1)), created_at=NOON),
    ),
    ("total_is_never_negative", lambda order: order(total=Decimal("-0.01"))),
    ("one_line_per_position", lambda order: line(order(), position=1)),
    (
        "one_line_per_product",
        lambda order: line(made := order(), product_id=made.lines.get().product_id),
    ),
    ("a_line_has_units", lambda order: line(order(), quantity=0, line_total=0)),
    ("a_line_has_units", lambda order: line(order(), quantity=-1, line_total=Decimal("-0.10"))),
    ("a_line_adds_up", lambda order: line(order(), line_total=Decimal("0.31"))),
    (
        "event_type_is_known",
        lambda order: Event.objects.create(order=order(), type="lost", actor=uuid4()),
    ),
    (
        "a_note_says_something",
        lambda order: Note.objects.create(order=order(), text="", author=uuid4()),
    ),
    (
        "stock_task_is_known",
        lambda order: StockTask.objects.create(order=order(), verb="forget", due_at=PAST),
    ),
]


@pytest.mark.parametrize(("name", "work"), BREAKERS)
def test_no_constraint_can_be_broken(order, name, work):
    assert broken(lambda: work(order)) == name


def test_every_constraint_has_a_test_that_tries_to_break_it():
    named = {
        each.name
        for model in apps.get_app_config("orders").get_models()
        for each in model._meta.constraints
    }

    assert named == {name for name, _ in BREAKERS}


def test_the_database_has_every_constraint_of_the_models():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'u')"
        )
        there = {name for (name,) in cursor.fetchall()}

    assert {name for name, _ in BREAKERS} <= there


@pytest.mark.parametrize("state", Attempt.State.values)
def test_the_same_key_of_another_user_is_another_attempt(state):
    first, second = attempt(state=state), attempt(state=state)

    assert (first.idempotency_key, first.pk) != (second.idempotency_key, second.user_id)
    assert Attempt.objects.filter(idempotency_key="k").count() == 2


def test_an_order_has_one_stock_task_at_most(order):
    lamp = order()
    StockTask.objects.create(order=lamp, verb="release", due_at=PAST)

    assert (
        broken(lambda: StockTask.objects.create(order=lamp, verb="fulfil", due_at=PAST))
        == "stock_task_pkey"
    )


@pytest.mark.parametrize(
    "fact",
    [
        lambda order: line(order),
        lambda order: Event.objects.create(order=order, type="placed", actor=uuid4()),
        lambda order: Note.objects.create(order=order, text="Fragile.", author=uuid4()),
        lambda order: StockTask.objects.create(order=order, verb="release", due_at=PAST),
    ],
)
def test_an_order_with_something_to_it_cannot_be_deleted(order, fact):
    made = order()
    made.lines.all().delete()
    fact(made)

    with pytest.raises(ProtectedError):
        made.delete()
    with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute(
            'SET CONSTRAINTS ALL IMMEDIATE; DELETE FROM "order" WHERE id = %s', [made.pk]
        )
    assert Order.objects.filter(pk=made.pk).exists()


@pytest.mark.parametrize(
    "change", [lambda notes: notes.update(text="Never mind."), lambda notes: notes.delete()]
)
def test_a_note_is_neither_changed_nor_deleted(order, change):
    Note.objects.create(order=order(), text="Fragile.", author=uuid4())

    assert broken(lambda: change(Note.objects.all())) == "notes_are_only_added"
    assert Note.objects.get().text == "Fragile."


def test_an_attempt_gets_its_id_and_its_age_from_the_database():
    made = Attempt.objects.get(pk=attempt().pk)

    assert made.pk.version == 7
    assert made.created_at > PAST

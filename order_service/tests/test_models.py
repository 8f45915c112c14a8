"""Each constraint has a test that violates it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from factories import PAST, create_attempt, uuid7

from orders.models import Attempt, Event, Note, Order, OrderLine, OutboxMessage

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def line(order, **fields) -> OrderLine:
    defaults = {
        "position": 2,
        "product_id": uuid4(),
        "sku": "S",
        "name": "N",
        "unit_price": Decimal("0.10"),
        "quantity": 3,
    }
    return OrderLine.objects.create(
        order=order, **defaults | {"line_total": Decimal("0.30")} | fields
    )


def broken(work: Callable[[], object]) -> str:
    """The name of the violated constraint."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        work()
    return error.value.__cause__.diag.constraint_name


def same_key_again():
    first = create_attempt()
    create_attempt(user_id=first.user_id)


def unknown_state():
    with connection.cursor() as cursor:  # PostgreSQL checks the dropped one first
        cursor.execute("ALTER TABLE attempt DROP CONSTRAINT a_finished_attempt_has_a_response")
    create_attempt(state="lost")


BREAKERS = [
    ("one_attempt_per_key", lambda order: same_key_again()),
    ("attempt_state_is_known", lambda order: unknown_state()),
    (
        "a_finished_attempt_has_a_response",
        lambda order: create_attempt(state="completed", response_body=None),
    ),
    (
        "a_finished_attempt_has_a_response",
        lambda order: create_attempt(state="completed", response_status=None),
    ),
    (
        "a_finished_attempt_has_a_response",
        lambda order: create_attempt(state="rejected", response_body=None),
    ),
    (
        "a_finished_attempt_has_a_response",
        lambda order: create_attempt(state="rejected", response_status=None),
    ),
    (
        "a_finished_attempt_has_a_response",
        lambda order: create_attempt(state="started", response_body="{}"),
    ),
    (
        "a_finished_attempt_has_a_response",
        lambda order: create_attempt(state="aborting", response_body="{}"),
    ),
    (
        "a_finished_attempt_has_a_response",
        lambda order: create_attempt(state="aborted", response_body="{}"),
    ),
    (
        "only_definitive_responses_are_stored",
        lambda order: create_attempt(state="completed", response_status=409),
    ),
    (
        "only_definitive_responses_are_stored",
        lambda order: create_attempt(state="rejected", response_status=201),
    ),
    (
        "only_definitive_responses_are_stored",
        lambda order: create_attempt(state="rejected", response_status=503),
    ),
    (
        "only_definitive_responses_are_stored",
        lambda order: create_attempt(state="started", response_status=201),
    ),
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
        "a_note_has_text",
        lambda order: Note.objects.create(order=order(), text="", author=uuid4()),
    ),
    (
        "outbox_operation_is_known",
        lambda order: OutboxMessage.objects.create(order=order(), verb="forget", due_at=PAST),
    ),
]


@pytest.mark.parametrize(("name", "work"), BREAKERS)
def test_constraint_rejects_violation(order, name, work):
    assert broken(lambda: work(order)) == name


def test_every_constraint_has_a_violation_test():
    named = {
        each.name
        for model in apps.get_app_config("orders").get_models()
        for each in model._meta.constraints
    }

    assert named == {name for name, _ in BREAKERS}


def test_the_database_has_every_constraint_of_the_models():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint "
            "WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'u')"
        )
        there = {name for (name,) in cursor.fetchall()}

    assert {name for name, _ in BREAKERS} <= there


@pytest.mark.parametrize("state", Attempt.State.values)
def test_same_key_of_another_user_is_another_attempt(state):
    first, second = create_attempt(state=state), create_attempt(state=state)

    assert (first.idempotency_key, first.pk) != (second.idempotency_key, second.user_id)
    assert Attempt.objects.filter(idempotency_key="k").count() == 2


def test_order_has_at_most_one_outbox_message(order):
    lamp = order()
    OutboxMessage.objects.create(order=lamp, verb="release", due_at=PAST)

    assert (
        broken(lambda: OutboxMessage.objects.create(order=lamp, verb="fulfil", due_at=PAST))
        == "outbox_message_pkey"
    )


@pytest.mark.parametrize(
    "fact",
    [
        lambda order: line(order),
        lambda order: Event.objects.create(order=order, type="placed", actor=uuid4()),
        lambda order: Note.objects.create(order=order, text="Fragile.", author=uuid4()),
        lambda order: OutboxMessage.objects.create(order=order, verb="release", due_at=PAST),
    ],
)
def test_referenced_order_cannot_be_deleted(order, fact):
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
def test_notes_are_append_only(order, change):
    Note.objects.create(order=order(), text="Fragile.", author=uuid4())

    assert broken(lambda: change(Note.objects.all())) == "notes_are_append_only"
    assert Note.objects.get().text == "Fragile."


def test_an_attempt_gets_its_id_and_its_age_from_the_database():
    made = Attempt.objects.get(pk=create_attempt().pk)

    assert made.pk.version == 7
    assert made.created_at > PAST

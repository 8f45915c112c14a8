from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from inventory import services
from inventory.models import IdempotencyKey, Movement, Reservation, Stock
from tests.conftest import STAFF

pytestmark = pytest.mark.django_db


def assert_violates(constraint, call):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        call()
    assert error.value.__cause__.diag.constraint_name == constraint


@pytest.mark.parametrize(
    ("column", "constraint"),
    [
        ("quantity", "stock_is_never_negative"),
        ("reserved", "reserved_is_never_negative"),
        ("low_stock_threshold", "threshold_is_never_negative"),
    ],
)
def test_no_number_of_stock_is_negative(stock, column, constraint):
    lamp = stock("LAMP")
    assert_violates(constraint, lambda: Stock.objects.filter(pk=lamp.pk).update(**{column: -1}))
    assert_violates(constraint, lambda: Stock.objects.create(product_id=uuid4(), **{column: -1}))
    assert stock.units(lamp) == (10, 0)


def test_a_product_has_one_stock_row(stock):
    lamp = stock("LAMP")
    assert_violates("stock_pkey", lambda: Stock.objects.create(product_id=lamp.product_id))


def test_the_status_of_a_reservation_is_known():
    assert_violates(
        "reservation_status_is_known",
        lambda: Reservation.objects.create(order_id=uuid4(), status="lost"),
    )


def test_an_order_id_is_decided_once():
    order_id = uuid4()
    Reservation.objects.create(order_id=order_id, status="held")
    assert_violates(
        "reservation_pkey", lambda: Reservation.objects.create(order_id=order_id, status="released")
    )


def test_an_idempotency_key_of_a_user_has_one_response():
    user_id = uuid4()
    IdempotencyKey.objects.create(user_id=user_id, key="k", fingerprint="f", status=201)
    assert_violates(
        "one_answer_per_key",
        lambda: IdempotencyKey.objects.create(
            user_id=user_id, key="k", fingerprint="g", status=200
        ),
    )
    IdempotencyKey.objects.create(user_id=uuid4(), key="k", fingerprint="f", status=201)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE movement SET delta = 5",
        "UPDATE movement SET note = note",
        "DELETE FROM movement",
        "TRUNCATE movement",
        "TRUNCATE movement, stock CASCADE",
        "INSERT INTO movement (id, product_id, kind, delta, reserved_delta, quantity_after,"
        " reserved_after, actor) SELECT id, product_id, kind, 5, 0, 5, 0, actor FROM movement"
        " ON CONFLICT (id) DO UPDATE SET delta = 5",
    ],
)
def test_the_ledger_is_append_only(stock, statement):
    stock("LAMP")
    with connection.cursor() as cursor:
        assert_violates("movement_is_append_only", lambda: cursor.execute(statement))
    assert Movement.objects.get().delta == 10


RECEIPT = {
    "kind": "receipt",
    "delta": 1,
    "reserved_delta": 0,
    "quantity_after": 1,
    "reserved_after": 0,
    "actor": STAFF,
}


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"kind": "theft"}, "movement_kind_is_known"),
        ({"actor": ""}, "movement_names_its_actor"),
        ({"reference": uuid4()}, "movement_of_an_order_names_it"),
        ({"kind": "adjustment", "reference": uuid4()}, "movement_of_an_order_names_it"),
        ({"kind": "reservation"}, "movement_of_an_order_names_it"),
        ({"kind": "release"}, "movement_of_an_order_names_it"),
        ({"kind": "fulfilment"}, "movement_of_an_order_names_it"),
    ],
)
def test_a_movement_has_an_actor_a_known_kind_and_the_order_id(change, constraint):
    assert_violates(
        constraint, lambda: Movement.objects.create(product_id=uuid4(), **(RECEIPT | change))
    )
    assert not Movement.objects.exists()


def test_stock_is_low_at_its_threshold_and_below(stock):
    rows = [
        stock(f"P{quantity}", quantity=quantity, low_stock_threshold=5) for quantity in (4, 5, 6)
    ]
    assert [row.is_low for row in rows] == [True, True, False]


def test_is_low_follows_every_change(stock, reserved):
    lamp = stock("LAMP", quantity=10, low_stock_threshold=5)
    order_id = reserved(lamp, 5)
    assert stock.reload(lamp).is_low
    services.release(order_id=order_id)
    assert not stock.reload(lamp).is_low
    assert services.set_threshold(product_id=lamp.product_id, low_stock_threshold=10).is_low


def test_is_low_cannot_be_set(stock):
    lamp = stock("LAMP")
    with (
        pytest.raises(DatabaseError, match="is_low"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE stock SET is_low = true")
    assert not stock.reload(lamp).is_low

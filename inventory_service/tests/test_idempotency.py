"""Idempotency-Key on what staff do to stock; test_api.py and test_imports.py have receipts and deliveries."""

from uuid import uuid4

import pytest
from django.db import connection

from inventory.api.idempotency import FORGOTTEN_AT_ONCE, forget_old_keys
from inventory.models import IdempotencyKey, Movement
from tests.conftest import access_token
from tests.test_api import LIST, assert_problem, fields_of, stock_path

pytestmark = pytest.mark.django_db

KEY = {"Idempotency-Key": "count of 31 January"}
LOST = {"delta": -4, "reason": "lost"}


@pytest.fixture
def adjust(client):
    def adjust(row, body=LOST, token="", **headers):
        path = stock_path(row, "adjustments/")
        return client.post(path, body=body, token=token or client.staff, headers=headers or KEY)

    return adjust


def test_a_correction_with_a_key_is_made_once(adjust, stock):
    lamp = stock("LAMP", quantity=10)
    first, again = adjust(lamp), adjust(lamp)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert ("Idempotency-Replayed" in first, again["Idempotency-Replayed"]) == (False, "true")
    assert stock.units(lamp) == (6, 0)


def test_a_key_with_another_correction_product_or_kind_of_request_is_refused(client, adjust, stock):
    lamp, chair = stock("LAMP", quantity=10), stock("CHAIR", quantity=10)
    adjust(lamp)
    receipt = {"product_id": str(lamp.product_id), "quantity": 1}
    for other in (
        adjust(lamp, LOST | {"delta": -5}),
        adjust(lamp, dict(reversed(LOST.items()))),
        adjust(chair),
        client.post(LIST, body=receipt, token=client.staff, headers=KEY),
        client.post(f"{LIST}import/", body=[receipt], token=client.staff, headers=KEY),
    ):
        assert_problem(other, 422, "idempotency_key_reused")
    assert (stock.units(lamp), stock.units(chair)) == ((6, 0), (10, 0))


def test_a_key_is_its_users_own(adjust, stock):
    lamp = stock("LAMP", quantity=10)
    assert [
        adjust(lamp, token=access_token("staff", str(uuid4()))).status_code for _ in range(2)
    ] == [201, 201]
    assert stock.units(lamp) == (2, 0)


def test_a_correction_that_was_refused_leaves_its_key_free(adjust, stock):
    lamp = stock("LAMP", quantity=1)
    assert_problem(adjust(lamp), 409, "insufficient_stock")
    assert fields_of(adjust(lamp, LOST | {"delta": 0})) == {"delta"}
    assert not IdempotencyKey.objects.exists()
    stock("LAMP", quantity=9)
    assert adjust(lamp).status_code == 201
    assert stock.units(lamp) == (6, 0)


def test_a_correction_without_a_key_is_made_each_time(adjust, client, stock):
    lamp = stock("LAMP", quantity=10)
    for _ in range(2):
        assert (
            client.post(stock_path(lamp, "adjustments/"), body=LOST, token=client.staff).status_code
            == 201
        )
    assert stock.units(lamp) == (2, 0)
    assert Movement.objects.filter(kind="adjustment").count() == 2


def keys(count, hours):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO idempotency_key (id, user_id, key, fingerprint, status)"
            " SELECT uuidv7(make_interval(hours => -%s)), uuidv7(), 'k', '', 200 FROM generate_series(1, %s)",
            [hours, count],
        )


def test_keys_are_forgotten_a_few_at_a_time_and_never_within_24_hours(adjust, stock):
    keys(FORGOTTEN_AT_ONCE + 5, hours=49)
    keys(7, hours=24)
    keys(3, hours=0)
    forget_old_keys()
    assert IdempotencyKey.objects.count() == 5 + 7 + 3
    assert adjust(stock("LAMP")).status_code == 201
    assert IdempotencyKey.objects.count() == 7 + 3 + 1
    forget_old_keys()
    assert IdempotencyKey.objects.count() == 7 + 3 + 1


def test_requests_without_a_key_forget_nothing(client, stock):
    keys(3, hours=49)
    client.post(stock_path(stock("LAMP"), "adjustments/"), body=LOST, token=client.staff)
    assert IdempotencyKey.objects.count() == 3


def test_old_keys_are_found_by_their_id(stock):
    keys(50, hours=0)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM idempotency_key WHERE id < (SELECT uuidv7('-48 hours')) ORDER BY id LIMIT 10"
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Cond: (id < " in plan
    assert "Seq Scan" not in plan

"""Idempotency-Key on receipts, imports and adjustments."""

from uuid import uuid4

import pytest
from django.db import connection

from inventory.models import IdempotencyKey, Movement
from inventory.services.idempotency import PURGE_BATCH, purge_expired_keys
from tests.conftest import access_token
from tests.test_api import LIST, assert_problem, invalid_fields, nothing_stored, stock_path

pytestmark = pytest.mark.django_db

KEY = {"Idempotency-Key": "count of 31 January"}


def receipt(row, quantity):
    return {"product_id": str(row.product_id), "quantity": quantity}


REQUESTS = {
    "receipt": lambda row, units: (LIST, receipt(row, units)),
    "import": lambda row, units: (f"{LIST}import/", [receipt(row, units)]),
    "adjustment": lambda row, units: (
        stock_path(row, "adjustments/"),
        {"delta": units, "reason": "found"},
    ),
}
each_kind = pytest.mark.parametrize("kind", REQUESTS)


@pytest.fixture
def add(client):
    def add(kind, row, units=4, token="", **headers):
        path, body = REQUESTS[kind](row, units)
        return client.post(path, body=body, token=token or client.staff, headers=headers or KEY)

    return add


@each_kind
def test_a_repeated_request_with_a_key_gets_the_stored_response(client, add, stock, kind):
    lamp = stock("LAMP", quantity=10)
    first, repeated = add(kind, lamp), add(kind, lamp)
    path, body = REQUESTS[kind](lamp, 4)
    without_slash = client.post(path.rstrip("/"), body=body, token=client.staff, headers=KEY)
    for replay in (repeated, without_slash):
        assert (replay.status_code, replay.content) == (first.status_code, first.content)
        assert replay["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert stock.units(lamp) == (14, 0)


@each_kind
def test_a_key_with_a_different_request_is_422(add, stock, kind):
    lamp, chair = stock("LAMP", quantity=10), stock("CHAIR", quantity=10)
    add(kind, lamp)
    others = [add(other, lamp) for other in REQUESTS if other != kind]
    for response in (*others, add(kind, lamp, 5), add(kind, chair)):
        assert_problem(response, 422, "idempotency_key_reused")
    assert (stock.units(lamp), stock.units(chair)) == ((14, 0), (10, 0))


@each_kind
def test_a_key_belongs_to_one_user(add, stock, kind):
    lamp = stock("LAMP", quantity=10)
    for _ in range(2):
        response = add(kind, lamp, token=access_token("staff", str(uuid4())))
        assert "Idempotency-Replayed" not in response
    assert stock.units(lamp) == (18, 0)


@each_kind
def test_a_rejected_request_does_not_store_its_key(add, stock, kind):
    lamp = stock("LAMP", quantity=10)
    add(kind, lamp, units=10**10)
    assert not IdempotencyKey.objects.exists()
    assert add(kind, lamp).status_code in {200, 201}
    assert stock.units(lamp) == (14, 0)


def test_a_shortage_does_not_store_its_key(add, stock):
    lamp = stock("LAMP", quantity=1)
    assert_problem(add("adjustment", lamp, -4), 409, "insufficient_stock")
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 256, "ä", "a\tb"])
def test_an_invalid_key_is_400(client, key):
    body = {"product_id": str(uuid4()), "quantity": 1}
    headers = {"Idempotency-Key": key}
    response = client.post(LIST, body=body, token=client.staff, headers=headers)
    assert invalid_fields(response) == {"Idempotency-Key"}
    assert nothing_stored()


def test_requests_without_a_key_are_executed_each_time_and_purge_nothing(client, stock):
    insert_keys(3, hours=49)
    path, body = REQUESTS["adjustment"](stock("LAMP"), 4)
    for _ in range(2):
        assert client.post(path, body=body, token=client.staff).status_code == 201
    assert Movement.objects.filter(kind="adjustment").count() == 2
    assert IdempotencyKey.objects.count() == 3


def insert_keys(count, hours):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO idempotency_key (id, user_id, key, fingerprint, status)"
            " SELECT uuidv7(make_interval(hours => -%s)), uuidv7(), 'k', '', 200"
            " FROM generate_series(1, %s)",
            [hours, count],
        )


def test_expired_keys_are_purged_in_batches_and_never_within_24_hours(add, stock):
    insert_keys(PURGE_BATCH + 5, hours=49)
    insert_keys(7, hours=24)
    insert_keys(3, hours=0)
    purge_expired_keys()
    assert IdempotencyKey.objects.count() == 5 + 7 + 3
    assert add("adjustment", stock("LAMP")).status_code == 201
    assert IdempotencyKey.objects.count() == 7 + 3 + 1
    purge_expired_keys()
    assert IdempotencyKey.objects.count() == 7 + 3 + 1


def test_expired_keys_are_found_by_index(stock):
    insert_keys(50, hours=0)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM idempotency_key"
            " WHERE id < (SELECT uuidv7('-48 hours')) ORDER BY id LIMIT 10"
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Cond: (id < " in plan
    assert "Seq Scan" not in plan

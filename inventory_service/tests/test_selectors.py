"""Lists: low stock, the ledger by kind and time, reservations by status."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection

from inventory import services
from inventory.models import Movement, Reservation
from tests.conftest import STAFF
from tests.test_api import LIST, RESERVATIONS, invalid_fields, stock_path

pytestmark = pytest.mark.django_db


def test_low_stock_is_listed_in_pages_by_product(stock, walk):
    low = [stock(f"LOW{number}", quantity=1, low_stock_threshold=1) for number in range(5)]
    full = [stock(f"FULL{number}") for number in range(5)]
    assert [row["product_id"] for row in walk(LIST, low_stock="true")] == sorted(
        str(row.product_id) for row in low
    )
    assert [row["product_id"] for row in walk(LIST, low_stock="false")] == sorted(
        str(row.product_id) for row in full
    )
    assert [row["product_id"] for row in walk(LIST)] == sorted(
        str(row.product_id) for row in low + full
    )


def test_stock_that_becomes_low_is_listed_immediately(stock, reserved, walk):
    lamp = stock("LAMP", quantity=2, low_stock_threshold=1)
    assert walk(LIST, low_stock="true") == []
    reserved(lamp)
    (row,) = walk(LIST, low_stock="true")
    assert (row["quantity"], row["reserved"], row["is_low"]) == (1, 1, True)


def test_sold_out_stock_is_low_without_a_threshold(stock, reserved, walk):
    reserved(stock("LAMP", quantity=1))
    assert [row["quantity"] for row in walk(LIST, low_stock="true")] == [0]


def test_a_hundred_product_ids_are_accepted(stock, walk):
    ids = sorted(str(stock(f"P{number}").product_id) for number in range(100))
    assert [
        row["product_id"] for row in walk(LIST, page_size=30, product_ids=",".join(reversed(ids)))
    ] == ids


def test_the_ledger_is_listed_by_kind(stock, reserved, walk):
    lamp = stock("LAMP", quantity=100)
    other = stock("CHAIR")
    for _ in range(3):
        services.release(order_id=reserved(lamp))
        services.fulfil(order_id=reserved(lamp))
        services.adjust(product_id=lamp.product_id, delta=-1, reason="lost", actor=STAFF)
        services.adjust(product_id=other.product_id, delta=-1, reason="lost", actor=STAFF)
    everything = walk(stock_path(lamp, "movements/"))
    assert [row["id"] for row in everything] == sorted(
        (row["id"] for row in everything), reverse=True
    )
    assert len(everything) == 1 + 6 + 3 + 3 + 3
    for kind in ("receipt", "adjustment", "release", "fulfilment"):
        rows = walk(stock_path(lamp, "movements/"), kind=kind)
        assert rows == [row for row in everything if row["kind"] == kind]


def test_a_cursor_of_another_products_ledger_is_400(client, stock):
    lamp, chair = (stock(sku, quantity=1) for sku in ("LAMP", "CHAIR"))
    for row in (lamp, chair):
        services.adjust(product_id=row.product_id, delta=1, reason="found", actor=STAFF)
    page = client.get(stock_path(lamp, "movements/"), {"page_size": 1}, token=client.staff).json()
    response = client.get(
        page["next"].replace(str(lamp.product_id), str(chair.product_id)), token=client.staff
    )
    assert invalid_fields(response) == {"cursor"}


@pytest.mark.parametrize("kind", ["reservation", "theft", "RECEIPT"])
def test_an_unknown_kind_is_400(client, stock, kind):
    response = client.get(
        stock_path(stock("LAMP"), "movements/"), {"kind": kind}, token=client.staff
    )
    assert invalid_fields(response) == {"kind"}


def insert_movements(row, *moments):
    """Insert ledger rows created at these moments, with ids generated 1.5 s later."""
    for moment in moments:
        made = int((moment + timedelta(seconds=1.5)).timestamp() * 1000)
        Movement.objects.create(
            id=UUID(int=made << 80 | uuid4().int & (1 << 80) - 1),
            product_id=row.product_id,
            kind="adjustment",
            delta=0,
            reserved_delta=0,
            quantity_after=10,
            reserved_after=0,
            actor=STAFF,
            created_at=moment,
        )


def test_the_ledger_is_listed_by_time(stock, walk):
    lamp = stock("LAMP")
    noon = datetime(2026, 1, 31, 12, 0, 0, 500, tzinfo=UTC)
    insert_movements(
        lamp, *(noon + timedelta(seconds=second) for second in (-100, -61, -1, 0, 1, 61, 100))
    )

    def seconds(**query):
        rows = walk(stock_path(lamp, "movements/"), kind="adjustment", **query)
        return [(datetime.fromisoformat(row["created_at"]) - noon).total_seconds() for row in rows]

    assert seconds() == [100, 61, 1, 0, -1, -61, -100]
    assert seconds(created_after=noon.isoformat()) == [100, 61, 1]
    assert seconds(created_before=noon.isoformat()) == [-1, -61, -100]
    assert seconds(
        created_after="2026-01-31T11:59:59.001Z", created_before="2026-01-31T13:00:02+01:00"
    ) == [1, 0]
    assert seconds(created_after="2026-01-31T12:10:00Z") == []


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z"]
)
def test_any_timestamp_is_accepted(stock, walk, moment):
    path = stock_path(stock("LAMP"), "movements/")
    after, before = walk(path, created_after=moment), walk(path, created_before=moment)
    assert (len(after), len(before)) == ((0, 1) if moment.startswith("9") else (1, 0))


@pytest.mark.parametrize(
    "moment", ["yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00"]
)
def test_an_invalid_timestamp_is_400(client, stock, moment):
    path = stock_path(stock("LAMP"), "movements/")
    for name in ("created_after", "created_before"):
        assert invalid_fields(client.get(path, {name: moment}, token=client.staff)) == {name}


def test_a_movements_id_is_generated_soon_after_created_at(stock, reserved):
    """The list by time relies on it."""
    services.fulfil(order_id=reserved(stock("LAMP")))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uuid_extract_timestamp(id) + interval '1 ms' - created_at FROM movement"
        )
        lags = [lag for (lag,) in cursor.fetchall()]
    assert len(lags) == 3
    assert all(timedelta(0) <= lag < timedelta(seconds=60) for lag in lags)


def test_reservations_are_listed_in_pages_by_status(stock, reserved, walk):
    lamp = stock("LAMP", quantity=100)
    for number in range(9):
        order_id = reserved(lamp)
        if number % 3:
            (services.release if number % 3 == 1 else services.fulfil)(order_id=order_id)
    everything = walk(RESERVATIONS)
    assert [row["order_id"] for row in everything] == sorted(
        map(str, Reservation.objects.values_list("pk", flat=True)), reverse=True
    )
    for status in ("held", "released", "fulfilled"):
        rows = walk(RESERVATIONS, status=status)
        assert rows == [row for row in everything if row["status"] == status]
        assert len(rows) == 3

"""Every list and get uses an index, so that its cost does not grow with the tables."""

import re
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chassis.tests.plans import left_out
from devtools.openapi import snapshots

pytestmark = pytest.mark.django_db

FILL = """
    INSERT INTO stock (product_id, quantity, low_stock_threshold)
    SELECT lpad(to_hex(n), 32, '0')::uuid, n, CASE WHEN n % 50 = 0 THEN 10000 ELSE 0 END
    FROM generate_series(1, 3000) AS n;
    INSERT INTO movement (product_id, kind, delta, reserved_delta, quantity_after,
                          reserved_after, actor)
    SELECT lpad(to_hex(n % 3 + 1), 32, '0')::uuid,
           CASE WHEN n % 50 = 0 THEN 'adjustment' ELSE 'receipt' END, 1, 0, 1, 0, 'staff'
    FROM generate_series(1, 3000) AS n;
    INSERT INTO reservation (order_id, status)
    SELECT uuidv7(), (ARRAY['held', 'released', 'fulfilled'])[n % 3 + 1]
    FROM generate_series(1, 3000) AS n;
    INSERT INTO idempotency_key (user_id, key, fingerprint, status) SELECT uuidv7(), 'k', '', 200
    FROM generate_series(1, 3000) AS n;
    ANALYZE"""
GROWING = "stock|movement|reservation|idempotency_key"
PRODUCT = "00000000-0000-0000-0000-000000000001"
SOME = ",".join(f"{number:032x}" for number in range(1, 101))
LEDGER = f"/api/inventory/{PRODUCT}/movements/"
RESERVATIONS = "/api/inventory/reservations/"
MOMENTS = {"created_after": "2026-01-01T00:00:00Z", "created_before": "2100-01-01T00:00:00Z"}

LISTS = [
    ("/api/inventory/", {}),
    ("/api/inventory/", {"low_stock": "true"}),
    ("/api/inventory/", {"low_stock": "false"}),
    (LEDGER, {}),
    (LEDGER, {"kind": "receipt"}),
    (LEDGER, {"kind": "adjustment"}),
    (LEDGER, MOMENTS),
    (LEDGER, MOMENTS | {"kind": "receipt"}),
    (RESERVATIONS, {}),
    (RESERVATIONS, {"status": "held"}),
]
OTHERS = [
    ("/api/inventory/", {"product_ids": SOME}),
    ("/api/inventory/", {"product_ids": SOME, "low_stock": "true"}),
    ("/api/inventory/", {"sku": "LAMP"}),
    (f"/api/inventory/{PRODUCT}/", {}),
]


@pytest.fixture(autouse=True)
def many_rows(product_service):
    product_service.skus = {"LAMP": UUID(PRODUCT)}
    with connection.cursor() as cursor:
        cursor.execute(FILL)
        # With few rows other plans cost as little; without an index these are still the only ones.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")


def selects_of(client, path, query=None):
    """The response, and each SELECT with its plan."""
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path, query, token=client.staff)
    assert response.status_code == 200, response.content
    selects = [
        query["sql"] for query in queries.captured_queries if query["sql"].startswith("SELECT")
    ]
    assert selects
    return response.json(), [(sql, plan_of(sql)) for sql in selects]


def plan_of(sql):
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (COSTS OFF) " + sql.replace("%", "%%"))
        return "\n".join(line for (line,) in cursor.fetchall())


def scans(plan):
    return bool(re.search(rf"Seq Scan on ({GROWING})\b", plan))


def filters_or_sorts(plan):
    """Filters and sorts in a plan, whose cost may grow with the table."""
    filters = re.findall(r"(?<!Recheck )Filter: (.*)", plan)
    return [what for what in filters if "created_at" not in what] + re.findall(
        r"Sort Key: .*", plan
    )


@pytest.mark.parametrize(("path", "query"), LISTS, ids=str)
def test_every_page_of_a_list_is_an_index_scan_in_list_order(client, path, query):
    first, seen = selects_of(client, path, query | {"page_size": "2"})
    second, more = selects_of(client, first["next"])
    _, back = selects_of(client, second["previous"])
    for sql, plan in seen + more + back:
        assert not scans(plan), f"{sql}\n{plan}"
        assert not filters_or_sorts(plan), f"{sql}\n{plan}"


def blocks_of(sql):
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + sql.replace("%", "%%"))
        plan = cursor.fetchone()[0][0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


@pytest.mark.parametrize(("path", "query"), LISTS, ids=str)
def test_the_last_page_reads_no_more_blocks_than_the_first(client, path, query):
    with connection.cursor() as cursor:  # the indexes have entries of tests before, rolled back
        cursor.execute("REINDEX TABLE stock; REINDEX TABLE movement; REINDEX TABLE reservation")
    page, [*_, (first, _)] = selects_of(client, path, query | {"page_size": "100"})
    deepest = first
    while page["next"]:
        page, [*_, (deepest, _)] = selects_of(client, page["next"])

    assert blocks_of(deepest) <= blocks_of(first) + 1


@pytest.mark.parametrize(("path", "query"), OTHERS, ids=str)
def test_rows_are_found_by_primary_key(client, path, query):
    for sql, plan in selects_of(client, path, query)[1]:
        assert not scans(plan), f"{sql}\n{plan}"
        assert re.search(r"Index Cond: \(product_id = (ANY )?", plan), f"{sql}\n{plan}"


def test_a_reservation_is_found_by_primary_key(client):
    rows = client.get(RESERVATIONS, token=client.staff).json()["results"]
    (pair,) = selects_of(client, f"{RESERVATIONS}{rows[0]['order_id']}/")[1]
    assert "Index Cond: (order_id = " in pair[1]
    assert not scans(pair[1])


def test_every_list_and_get_operation_is_checked():
    requests = [f"{path}?{urlencode(query)}" for path, query in LISTS + OTHERS] + [
        f"{RESERVATIONS}{PRODUCT}/"
    ]

    assert left_out(snapshots.current_schema(), requests) == set()


def test_scans_and_sorts_are_detected():
    assert scans(plan_of("SELECT * FROM stock WHERE quantity = 5"))
    assert filters_or_sorts(
        plan_of("SELECT * FROM stock WHERE product_id > gen_random_uuid() AND quantity = 5")
    )
    assert filters_or_sorts(plan_of("SELECT * FROM reservation ORDER BY updated_at LIMIT 1"))

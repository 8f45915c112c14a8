"""No read and no task of the worker scans or sorts a whole table."""

from itertools import product
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from shop import expire_leases

from chassis.tests.plans import left_out
from devtools.openapi import snapshots
from orders.models import Attempt, ClosedAccount, OutboxMessage
from orders.services import account_erasure, background, order_attempts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unprepared_statements")]

USER, PRODUCT = str(uuid4()), str(uuid4())
FILTERS = {
    "status": ("cancelled",),
    "user_id": (USER,),
    "created_after": ("2026-01-01T00:00:00Z",),
    "created_before": ("2027-01-01T00:00:00Z",),
}
QUERIES = [
    {name: value for name, value in zip(FILTERS, values, strict=True) if value}
    for values in product(*[("", *values) for values in FILTERS.values()])
]
SEARCHES = [
    {"search": "SO-7K3MQ"},
    {"search": "LAMP"},
    {"search": PRODUCT},
    {"product_id": PRODUCT},
    {"search": "ada@example.com"},
]
SEARCHES += [search | {"status": "shipped"} for search in SEARCHES] + [
    search | {"user_id": USER} for search in SEARCHES
]
OUTBOX = [f"/api/orders/outbox/{query}" for query in ("", "?failed=true", "?failed=false")]
PATHS = ["", "events/", "notes/"]


def plans_of(statements: CaptureQueriesContext) -> list[str]:
    """As for large tables: scans and sorts are disabled, so only a missing index uses them."""
    found = []
    with connection.cursor() as cursor:
        for name in ("seqscan", "bitmapscan", "sort", "incremental_sort"):
            cursor.execute(f"SET LOCAL enable_{name} = off")
        for sql in [statement["sql"].strip() for statement in statements]:
            if sql.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
                cursor.execute(f"EXPLAIN {sql}")
                found.append("\n".join([sql, *(line for (line,) in cursor.fetchall())]))
    assert found
    return found


def uses_only_indexes(plan: str) -> bool:
    return "Seq Scan" not in plan and "Disabled" not in plan


@pytest.mark.parametrize("query", [*QUERIES, *SEARCHES], ids=urlencode)
@pytest.mark.parametrize("who", ["staff", "buyer"])
def test_plans_of_order_lists(shop, order, request, who, query):
    client = request.getfixturevalue(who)
    shop.users.users = [{"id": USER, "email": "ada@example.com"}]
    order("cancelled", user_id=USER, product_id=PRODUCT)

    with CaptureQueriesContext(connection) as statements:
        assert client.get(f"/api/orders/?{urlencode(query)}").status_code == 200

    for plan in plans_of(statements):
        assert uses_only_indexes(plan), plan


@pytest.mark.parametrize("path", PATHS)
def test_plans_of_one_order(order, staff, path):
    made = order()

    with CaptureQueriesContext(connection) as statements:
        assert staff.get(f"/api/orders/{made.pk}/{path}").status_code == 200

    for plan in plans_of(statements):
        assert uses_only_indexes(plan), plan


@pytest.mark.parametrize("path", OUTBOX)
def test_plans_of_the_outbox(order, staff, path):
    made = order("cancelled")
    OutboxMessage.objects.create(order=made, verb="release", due_at=made.created_at)

    with CaptureQueriesContext(connection) as statements:
        assert staff.get(path).status_code == 200

    for plan in plans_of(statements):
        assert uses_only_indexes(plan), plan


def test_plans_of_a_deep_page(order, staff):
    for _ in range(5):
        order()
    second = staff.get(
        staff.get("/api/orders/?page_size=2").json()["next"].removeprefix("http://testserver")
    ).json()["next"]

    with CaptureQueriesContext(connection) as statements:
        assert len(staff.get(second.removeprefix("http://testserver")).json()["results"]) == 1

    for plan in plans_of(statements):
        assert uses_only_indexes(plan), plan


def test_plans_of_cancelling(shop, order, staff):
    made = order()

    with CaptureQueriesContext(connection) as statements:
        assert staff.post(f"/api/orders/{made.pk}/cancel/").status_code == 200

    for plan in plans_of(statements):
        assert uses_only_indexes(plan), plan


@pytest.mark.parametrize(
    "work",
    [
        background.run_once,
        order_attempts.purge,
        account_erasure.fetch_closed_accounts,
        account_erasure.erase_addresses,
    ],
)
def test_plans_of_worker_tasks(shop, order, work):
    made = order("cancelled", shipping_address={"line1": "1 Example Street"})
    OutboxMessage.objects.create(order=made, verb="release", due_at=made.created_at)
    ClosedAccount.objects.create(
        user_id=made.user_id, closed_at=made.created_at, due_at=made.created_at
    )
    Attempt.objects.create(
        user_id=uuid4(),
        idempotency_key="k",
        fingerprint="f",
        state="started",
        order_id=uuid4(),
        lease_until=made.created_at,
    )
    expire_leases()

    with CaptureQueriesContext(connection) as statements:
        work()

    for plan in plans_of(statements):
        assert uses_only_indexes(plan), plan


def test_every_get_operation_is_covered():
    paths = [f"/api/orders/?{urlencode(query)}" for query in QUERIES + SEARCHES] + [
        f"/api/orders/{uuid4()}/{path}" for path in PATHS
    ]

    assert left_out(snapshots.current_schema(), paths + OUTBOX) == set()


def test_sequential_scan_is_detected(order):
    order()

    with CaptureQueriesContext(connection) as statements, connection.cursor() as cursor:
        cursor.execute('SELECT id FROM "order" WHERE total > 5')
        cursor.execute('SELECT id FROM "order" ORDER BY updated_at LIMIT 1')

    assert [uses_only_indexes(plan) for plan in plans_of(statements)] == [False, False]

"""No list, no get and nothing of the worker's reads a table from end to end, or sorts what an index has in order."""

from itertools import product
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from conftest import time_passes
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chassis.tests.plans import left_out
from devtools.openapi import snapshots
from orders.models import Attempt, ClosedAccount, StockTask
from orders.services import erasure, recovery

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("said_in_full")]

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
    """As for tables of any size: what costs more the larger they are is forbidden, and taken only for want of an index."""
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


def needs_no_more_than_its_indexes(plan: str) -> bool:
    return "Seq Scan" not in plan and "Disabled" not in plan


@pytest.mark.parametrize("query", [*QUERIES, *SEARCHES], ids=urlencode)
@pytest.mark.parametrize("who", ["staff", "buyer"])
def test_a_page_of_orders(shop, order, request, who, query):
    client = request.getfixturevalue(who)
    shop.people.users = [{"id": USER, "email": "ada@example.com"}]
    order("cancelled", user_id=USER, product_id=PRODUCT)

    with CaptureQueriesContext(connection) as statements:
        assert client.get(f"/api/orders/?{urlencode(query)}").status_code == 200

    for plan in plans_of(statements):
        assert needs_no_more_than_its_indexes(plan), plan


@pytest.mark.parametrize("path", PATHS)
def test_an_order_and_all_there_is_to_it(order, staff, path):
    made = order()

    with CaptureQueriesContext(connection) as statements:
        assert staff.get(f"/api/orders/{made.pk}/{path}").status_code == 200

    for plan in plans_of(statements):
        assert needs_no_more_than_its_indexes(plan), plan


@pytest.mark.parametrize("path", OUTBOX)
def test_the_outbox(order, staff, path):
    made = order("cancelled")
    StockTask.objects.create(order=made, verb="release", due_at=made.created_at)

    with CaptureQueriesContext(connection) as statements:
        assert staff.get(path).status_code == 200

    for plan in plans_of(statements):
        assert needs_no_more_than_its_indexes(plan), plan


def test_a_deep_page(order, staff):
    for _ in range(5):
        order()
    second = staff.get(
        staff.get("/api/orders/?page_size=2").json()["next"].removeprefix("http://testserver")
    ).json()["next"]

    with CaptureQueriesContext(connection) as statements:
        assert len(staff.get(second.removeprefix("http://testserver")).json()["results"]) == 1

    for plan in plans_of(statements):
        assert needs_no_more_than_its_indexes(plan), plan


def test_cancelling(shop, order, staff):
    made = order()

    with CaptureQueriesContext(connection) as statements:
        assert staff.post(f"/api/orders/{made.pk}/cancel/").status_code == 200

    for plan in plans_of(statements):
        assert needs_no_more_than_its_indexes(plan), plan


@pytest.mark.parametrize(
    "work", [recovery.catch_up, recovery.forget_old_attempts, erasure.learn, erasure.erase]
)
def test_the_worker_s_rounds(shop, order, work):
    made = order("cancelled", shipping_address={"line1": "1 Example Street"})
    StockTask.objects.create(order=made, verb="release", due_at=made.created_at)
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
    time_passes()

    with CaptureQueriesContext(connection) as statements:
        work()

    for plan in plans_of(statements):
        assert needs_no_more_than_its_indexes(plan), plan


def test_every_list_and_get_is_looked_at():
    asked = [f"/api/orders/?{urlencode(query)}" for query in QUERIES + SEARCHES] + [
        f"/api/orders/{uuid4()}/{path}" for path in PATHS
    ]

    assert left_out(snapshots.current_schema(), asked + OUTBOX) == set()


def test_what_has_no_index_would_be_noticed(order):
    order()

    with CaptureQueriesContext(connection) as statements, connection.cursor() as cursor:
        cursor.execute('SELECT id FROM "order" WHERE total > 5')
        cursor.execute('SELECT id FROM "order" ORDER BY updated_at LIMIT 1')

    assert [needs_no_more_than_its_indexes(plan) for plan in plans_of(statements)] == [False, False]

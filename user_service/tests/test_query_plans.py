"""Lists, reads and sign-in use indexes: no sequential scan, no sort."""

from itertools import product
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from test_api_closed_accounts import as_service

from chassis.tests.plans import left_out
from devtools.openapi import snapshots
from users.models import Address

pytestmark = pytest.mark.django_db

SMALL_TABLES = ("signing_key",)
FILTERS = {
    "search": ("ada", "ada love", "person-17@exam"),
    "role": ("staff",),
    "is_active": ("true", "false"),
}
EXPENSIVE = ("seqscan", "bitmapscan", "sort", "incremental_sort")
LISTS = [
    "/api/users/?" + urlencode([(name, text) for name, text in pairs if text])
    for pairs in product(
        *[[(name, text) for text in ("", *texts)] for name, texts in FILTERS.items()]
    )
]
ADDRESS_ID = UUID("01980000-0000-7000-8000-000000000001")
LISTS += [
    f"/api/users/?ids={ADDRESS_ID}",
    "/api/users/me/addresses/",
    "/api/users/closed/?after=2026-01-01T00:00:00Z",
]
GETS = [
    "/api/users/{ada}/",
    "/api/users/me/",
    f"/api/users/me/addresses/{ADDRESS_ID}/",
    "/.well-known/jwks.json",
]
MANY_ROWS = """
    INSERT INTO account (email, name, password)
    SELECT 'person-' || n || '@example.com', 'Person ' || n, '!' FROM generate_series(1, 300) AS n;
    INSERT INTO account (email, is_active, name, password)
    SELECT NULL, false, '', '' FROM generate_series(1, 100);
    INSERT INTO address (user_id, line1, city, country)
    SELECT id, '1 Example Street', 'Exampleton', 'GB' FROM account;
    INSERT INTO session (user_id) SELECT id FROM account;
    ANALYZE"""


@pytest.fixture(autouse=True)
def many_rows(ada, boss):
    with connection.cursor() as cursor:
        cursor.execute(MANY_ROWS)
    for number in range(3):
        id = UUID(int=ADDRESS_ID.int + number)
        Address.objects.create(
            id=id, user_id=ada.pk, line1=f"{number} Example Street", city="London", country="GB"
        )


def plans_of(statements):
    """Query plans that use a sequential scan or a sort only if there is no index."""
    plans = []
    with connection.cursor() as cursor:
        for name in EXPENSIVE:
            cursor.execute(f"SET LOCAL enable_{name} = off")
        for sql in [statement["sql"].strip() for statement in statements]:
            if sql.startswith(("SELECT", "UPDATE", "DELETE", "WITH")) and not any(
                f'FROM "{name}"' in sql for name in SMALL_TABLES
            ):
                cursor.execute(f"EXPLAIN {sql}")
                plans.append("\n".join([sql, *(line for (line,) in cursor.fetchall())]))
        for name in EXPENSIVE:
            cursor.execute(f"RESET enable_{name}")
    return plans


def uses_indexes(plan):
    return "Seq Scan" not in plan and "Disabled" not in plan


def check(request):
    """The response to `request`, after a check of its query plans."""
    with CaptureQueriesContext(connection) as statements:
        response = request()
    assert response.status_code in (200, 201, 204), response.content
    for plan in plans_of(statements):
        assert uses_indexes(plan), plan
    return response


@pytest.mark.parametrize("address", LISTS)
def test_lists_use_indexes_on_each_page(settings, as_user, ada, boss, address):
    client = (
        as_service(settings) if "closed" in address else as_user(ada if "/me/" in address else boss)
    )
    address += ("&" if "?" in address else "?") + "page_size=2"
    for step in ("next", "next", "previous"):
        page = check(lambda address=address: client.get(address)).json()
        if not page[step]:
            break
        address = page[step].removeprefix("http://testserver")


@pytest.mark.parametrize("address", GETS)
def test_gets_use_indexes(as_user, ada, boss, address):
    client = as_user(boss if "{ada}" in address else ada)
    check(lambda: client.get(address.format(ada=ada.pk)))


def test_sign_in_refresh_and_revoke_use_indexes(api, ada):
    pair = check(lambda: api.sign_in("ada@example.com")).json()
    newer = check(
        lambda: api.post("/api/users/token/refresh/", {"refresh": pair["refresh"]})
    ).json()
    check(lambda: api.post("/api/users/token/revoke/", {"refresh": newer["refresh"]}))


def test_every_list_and_get_is_checked():
    assert (
        left_out(
            snapshots.current_schema(), [*LISTS, *(address.format(ada=uuid4()) for address in GETS)]
        )
        == set()
    )


def test_an_unchecked_operation_is_reported():
    missing = left_out(snapshots.current_schema(), ["/api/users/?role=staff", "/api/users/"])

    assert missing >= {
        "/api/users/?is_active",
        "/api/users/?search",
        "/api/users/{user_id}/",
        "/api/users/me/",
    }
    assert not missing & {"/api/users/", "/api/users/?role"}


def test_a_query_without_index_is_reported(ada):
    with CaptureQueriesContext(connection) as statements, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM account WHERE updated_at > now()")
        cursor.execute("SELECT id FROM account ORDER BY updated_at LIMIT 1")

    assert [uses_indexes(plan) for plan in plans_of(statements)] == [False, False]

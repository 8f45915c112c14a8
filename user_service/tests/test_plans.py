"""No list, no get and no sign-in reads a table from end to end, or sorts what an index has in order."""

from itertools import product
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.test_api_closures import as_service

from chassis.tests.plans import left_out
from devtools.openapi import snapshots
from users.models import Address

pytestmark = pytest.mark.django_db

FEW = ("signing_key",)
"""Tables that do not grow with the shop."""
FILTERS = {
    "search": ("ada", "ada love", "person-17@exam"),
    "role": ("staff",),
    "is_active": ("true", "false"),
}
LISTS = [
    f"/api/users/?{urlencode({name: value for name, value in zip(FILTERS, values, strict=True) if value})}"
    for values in product(*[("", *values) for values in FILTERS.values()])
]
HER_ADDRESS = UUID("01980000-0000-7000-8000-000000000001")
LISTS += [
    f"/api/users/?ids={HER_ADDRESS}",
    "/api/users/me/addresses/",
    "/api/users/closed/?after=2026-01-01T00:00:00Z",
]
GETS = [
    "/api/users/{ada}/",
    "/api/users/me/",
    f"/api/users/me/addresses/{HER_ADDRESS}/",
    "/.well-known/jwks.json",
]
OTHERS = """
    INSERT INTO account (email, name, password) SELECT 'person-' || n || '@example.com', 'Person ' || n, '!'
    FROM generate_series(1, 300) AS n;
    INSERT INTO account (email, is_active, name, password) SELECT NULL, false, '', '' FROM generate_series(1, 100) AS n;
    INSERT INTO address (user_id, line1, city, country) SELECT id, '1 Example Street', 'Ankh', 'GB' FROM account;
    INSERT INTO login (user_id) SELECT id FROM account;
    ANALYZE"""


@pytest.fixture(autouse=True)
def many_rows(ada, boss):
    with connection.cursor() as cursor:
        cursor.execute(OTHERS)
    for number in range(3):
        id = UUID(int=HER_ADDRESS.int + number)
        Address.objects.create(
            id=id, user_id=ada.pk, line1=f"{number} Example Street", city="London", country="GB"
        )


def plans_of(statements):
    """As for tables of any size: what costs more the larger they are is forbidden, and taken only for want of an index."""
    found = []
    with connection.cursor() as cursor:
        for name in ("seqscan", "bitmapscan", "sort", "incremental_sort"):
            cursor.execute(f"SET LOCAL enable_{name} = off")
        for sql in [statement["sql"].strip() for statement in statements]:
            if sql.startswith(("SELECT", "UPDATE", "DELETE", "WITH")) and not any(
                f'FROM "{name}"' in sql for name in FEW
            ):
                cursor.execute(f"EXPLAIN {sql}")
                found.append("\n".join([sql, *(line for (line,) in cursor.fetchall())]))
        cursor.execute(
            "RESET enable_seqscan; RESET enable_bitmapscan; RESET enable_sort; RESET enable_incremental_sort"
        )
    return found


def needs_no_more_than_its_indexes(plan):
    return "Seq Scan" not in plan and "Disabled" not in plan


def check(request):
    """What `request` answers, after a look at how it came by it."""
    with CaptureQueriesContext(connection) as statements:
        answer = request()
    assert answer.status_code in (200, 201, 204), answer.content
    for plan in plans_of(statements):
        assert needs_no_more_than_its_indexes(plan), plan
    return answer


@pytest.mark.parametrize("address", LISTS)
def test_each_page_of_a_list(settings, as_user, ada, boss, address):
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
def test_each_get(as_user, ada, boss, address):
    client = as_user(boss if "{ada}" in address else ada)
    check(lambda: client.get(address.format(ada=ada.pk)))


def test_signing_in_and_staying_so(api, ada):
    pair = check(lambda: api.sign_in("ada@example.com")).json()
    newer = check(
        lambda: api.post("/api/users/token/refresh/", {"refresh": pair["refresh"]})
    ).json()
    check(lambda: api.post("/api/users/token/revoke/", {"refresh": newer["refresh"]}))


def test_every_list_and_get_is_looked_at():
    assert (
        left_out(
            snapshots.current_schema(), [*LISTS, *(address.format(ada=uuid4()) for address in GETS)]
        )
        == set()
    )


def test_what_is_left_out_would_be_noticed():
    missing = left_out(snapshots.current_schema(), ["/api/users/?role=staff", "/api/users/"])

    assert missing >= {
        "/api/users/?is_active",
        "/api/users/?search",
        "/api/users/{user_id}/",
        "/api/users/me/",
    }
    assert not missing & {"/api/users/", "/api/users/?role"}


def test_what_has_no_index_would_be_noticed(ada):
    with CaptureQueriesContext(connection) as statements, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM account WHERE updated_at > now()")
        cursor.execute("SELECT id FROM account ORDER BY updated_at LIMIT 1")

    assert [needs_no_more_than_its_indexes(plan) for plan in plans_of(statements)] == [False, False]

"""No list reads the whole table: with a million products each page has to cost what it costs with ten."""

import json
from base64 import b64encode
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chassis.tests.plans import left_out
from devtools.openapi import snapshots
from products import candidates
from products.models import Product

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("said_in_full")]

FILTERS = [
    "",
    "category=home",
    "category=home/lighting",
    "min_price=2",
    "category=home&min_price=2&max_price=5",
    "search=lamp",
]
FILTERS += [
    "sku=P1,P2",
    "sku=P1&category=home",
    "search=lamp&category=home",
    "search=lmap",
    "include_archived=true&category=home",
]
ORDERINGS = ["", "name", "-name", "price", "-price", "created_at", "-created_at", "name,-price"]

OTHER_READINGS = [
    "/api/products/{one}/",
    f"/api/products/?ids={{one}},{uuid4()}",
    "/api/products/categories/",
]
OTHER_READINGS += ["/api/products/export/", "/api/products/export/?include_archived=true"]

OTHERS = """
    SET LOCAL statement_timeout = 0;
    INSERT INTO product (sku, name, price, category) SELECT 'X' || n, 'Chair', n, 'Garden' FROM generate_series(1, 500) AS n;
    ANALYZE product"""


@pytest.fixture
def penalised(product):
    for number in range(8):
        product(f"P{number}", name=f"Lamp {number}", price=f"{number}.00", category="Home/Lighting")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")


def plans_of(request):
    with CaptureQueriesContext(connection) as asked:
        assert request().status_code == 200
    statements = [
        sql for each in asked if (sql := each["sql"].strip()).startswith(("SELECT", "DECLARE"))
    ]
    for sql in statements:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
            yield from nodes_of(json.loads(json.dumps(cursor.fetchone()[0]))[0]["Plan"])


def nodes_of(plan):
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes_of(inner)


def check(request):
    found = list(plans_of(request))
    assert found
    assert not [node for node in found if node["Node Type"] == "Seq Scan"], found
    return found


@pytest.mark.parametrize("query", FILTERS)
@pytest.mark.parametrize("ordering", ORDERINGS)
def test_no_list_scans_a_table(penalised, staff, query, ordering):
    address = f"/api/products/?page_size=2&{query}" + (f"&ordering={ordering}" if ordering else "")
    check(lambda: staff.get(address))
    if after := staff.get(address).json()["next"]:
        check(lambda: staff.get(after))


def test_no_search_of_frequent_words_scans_a_table(penalised, staff, monkeypatch):
    monkeypatch.setattr(candidates, "MANY", 0)
    for query in (
        "search=lamp",
        "search=lamp&category=home",
        "search=lamp+zebra",
        "search=lamp+zebra&ordering=price",
    ):
        check(lambda query=query: staff.get(f"/api/products/?{query}"))


@pytest.mark.parametrize("path", OTHER_READINGS)
def test_neither_do_the_other_readings(penalised, staff, path):
    one = Product.objects.all()[0].pk
    check(lambda: staff.get(path.format(one=one)))


def test_every_list_and_get_is_looked_at():
    lists = [f"/api/products/?{query}&ordering=" for query in FILTERS]

    assert left_out(snapshots.current_schema(), lists + OTHER_READINGS) == set()


@pytest.mark.parametrize("category", ["", "home", "home/lighting"])
@pytest.mark.parametrize(
    "ordering", ["name", "-name", "price", "-price", "created_at", "-created_at"]
)
def test_a_page_anywhere_is_a_place_in_an_index_and_nothing_is_sorted(
    penalised, anyone, category, ordering
):
    address = f"/api/products/?page_size=2&ordering={ordering}" + (
        f"&category={category}" if category else ""
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(OTHERS)  # so that it matters which index is taken, and the planner knows it

    for path in (address, anyone.get(address).json()["next"]):
        found = check(lambda path=path: anyone.get(path))
        assert not [node for node in found if "Sort" in node["Node Type"]]
        [scan] = [node for node in found if node["Node Type"].startswith("Index")]
        level = category.count("/") + 1
        assert (
            scan["Index Name"]
            == f"{f'category_{level}' if category else 'products'}_by_{ordering.lstrip('-')}"
        )
        if path != address:
            assert "ROW(" in scan["Index Cond"]


RANGES = [
    "ordering=price&min_price=2",
    "ordering=-price&max_price=2998",
    "ordering=-price&min_price=3&max_price=2000&category=garden",
]


@pytest.mark.parametrize("query", RANGES)
def test_the_deepest_page_of_a_range_of_prices_reads_no_more_than_the_first(
    penalised, anyone, query
):
    with connection.cursor() as cursor:
        cursor.execute(OTHERS.replace("500", "3000"))
        cursor.execute(
            "CLUSTER product USING products_by_price"
        )  # or the rows lie where tests before have left room
        cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")

    def page_and_blocks(address):
        with CaptureQueriesContext(connection) as asked:
            page = anyone.get(address).json()
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + asked[-1]["sql"])
            plan = cursor.fetchone()[0][0]["Plan"]
        return page, plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]

    page, first = page_and_blocks(f"/api/products/?page_size=100&{query}")
    while page["next"]:
        page, deepest = page_and_blocks(page["next"])

    assert deepest <= first + 3  # of some twenty that the index has


def test_postgresql_knows_how_many_are_in_a_category(penalised, product):
    """Of the indexes of the levels it gathers nothing, since they leave out what has no such level."""
    with connection.cursor() as cursor:
        cursor.execute(OTHERS)
    planned = {}
    for category in ("garden", "home", "home/lighting", "home/rooms"):
        plan = json.loads(Product.objects.matching(category=category).explain(format="json"))
        planned[category] = plan[0]["Plan"]["Plan Rows"]

    assert planned == {"garden": 500, "home": 8, "home/lighting": 8, "home/rooms": 1}


@pytest.mark.parametrize(
    "ordering", ["name", "-price", "created_at", "name,-price", "price,-name", "-created_at,price"]
)
def test_pages_are_sorted_and_have_everything_once_however_equal_the_products_are(
    product, anyone, ordering
):
    for number in range(13):
        product(f"P{number}", name=["lamp", "Lamp", "chair"][number % 3], price=f"{number % 2}.00")
    pages = [anyone.get(f"/api/products/?ordering={ordering}&page_size=3").json()]
    while pages[-1]["next"]:
        pages.append(anyone.get(pages[-1]["next"]).json())
    rows = [row for page in pages for row in page["results"]]

    assert len({row["id"] for row in rows}) == len(rows) == 13
    for name in reversed(ordering.split(",")):
        field = name.lstrip("-")
        again = sorted(rows, key=lambda row: row[field].lower(), reverse=name.startswith("-"))
        if name == ordering.split(",")[0]:
            assert [row[field].lower() for row in rows] == [row[field].lower() for row in again]
    back = [pages[-1]]
    while back[-1]["previous"]:
        back.append(anyone.get(back[-1]["previous"]).json())
    assert [page["results"] for page in reversed(back)] == [page["results"] for page in pages]


@pytest.mark.parametrize(
    "ordering",
    [
        "x",
        "price,",
        "price,-price",
        "--price",
        "sku",
        "price desc",
        "id",
        "name,price,created_at,name",
    ],
)
def test_another_ordering_is_refused(db, anyone, refused, ordering):
    problem = refused(anyone.get(f"/api/products/?ordering={ordering}"), 400, "invalid")
    assert [error["field"] for error in problem["errors"]] == ["ordering"]


@pytest.mark.parametrize(
    "position",
    [
        "p=1",
        "p=1&p=2&p=3",
        "p=x&p=y",
        "p=NaN&p=01980000-0000-7000-8000-000000000001",
        "p=1&p=x",
        "o=5",
    ],
)
def test_the_cursor_of_another_list_is_refused(product, anyone, refused, position):
    product("P")
    cursor = b64encode(position.encode()).decode()
    for limits in ("", "&min_price=1"):
        refused(
            anyone.get(f"/api/products/?ordering=price&cursor={cursor}{limits}"), 400, "invalid"
        )

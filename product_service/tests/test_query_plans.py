"""No read scans the whole table, so that its cost does not grow with the catalogue."""

import json
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chassis.tests.plans import left_out
from devtools.openapi import snapshots
from products.models import Product
from products.selectors import search_strategy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unprepared_statements")]

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

OTHER_READS = [
    "/api/products/{one}/",
    f"/api/products/?ids={{one}},{uuid4()}",
    "/api/products/categories/",
]
OTHER_READS += ["/api/products/export/", "/api/products/export/?include_archived=true"]

OTHER_PRODUCTS = """
    SET LOCAL statement_timeout = 0;
    INSERT INTO product (sku, name, price, category)
    SELECT 'X' || n, 'Chair', n, 'Garden' FROM generate_series(1, 500) AS n;
    ANALYZE product"""


@pytest.fixture
def without_seqscan(product):
    for number in range(8):
        product(f"P{number}", name=f"Lamp {number}", price=f"{number}.00", category="Home/Lighting")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")


def plans_of(request):
    with CaptureQueriesContext(connection) as queries:
        assert request().status_code == 200
    statements = [
        sql for each in queries if (sql := each["sql"].strip()).startswith(("SELECT", "DECLARE"))
    ]
    for sql in statements:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
            yield from nodes_of(json.loads(json.dumps(cursor.fetchone()[0]))[0]["Plan"])


def nodes_of(plan):
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes_of(inner)


def assert_no_seqscan(request):
    nodes = list(plans_of(request))
    assert nodes
    assert not [node for node in nodes if node["Node Type"] == "Seq Scan"], nodes
    return nodes


@pytest.mark.parametrize("query", FILTERS)
@pytest.mark.parametrize("ordering", ORDERINGS)
def test_no_list_scans_a_table(without_seqscan, staff, query, ordering):
    address = f"/api/products/?page_size=2&{query}" + (f"&ordering={ordering}" if ordering else "")
    assert_no_seqscan(lambda: staff.get(address))
    if after := staff.get(address).json()["next"]:
        assert_no_seqscan(lambda: staff.get(after))


def test_no_search_of_common_terms_scans_a_table(without_seqscan, staff, monkeypatch):
    monkeypatch.setattr(search_strategy, "COMMON_TERM_ROWS", 0)
    for query in (
        "search=lamp",
        "search=lamp&category=home",
        "search=lamp+zebra",
        "search=lamp+zebra&ordering=price",
    ):
        assert_no_seqscan(lambda query=query: staff.get(f"/api/products/?{query}"))


@pytest.mark.parametrize("path", OTHER_READS)
def test_no_other_read_scans_a_table(without_seqscan, staff, path):
    one = Product.objects.all()[0].pk
    assert_no_seqscan(lambda: staff.get(path.format(one=one)))


def test_every_read_operation_and_parameter_is_covered():
    lists = [f"/api/products/?{query}&ordering=" for query in FILTERS]

    assert left_out(snapshots.current_schema(), lists + OTHER_READS) == set()


@pytest.mark.parametrize("category", ["", "home", "home/lighting"])
@pytest.mark.parametrize(
    "ordering", ["name", "-name", "price", "-price", "created_at", "-created_at"]
)
def test_keyset_pages_use_the_index_of_their_order_without_sorting(
    without_seqscan, anyone, category, ordering
):
    address = f"/api/products/?page_size=2&ordering={ordering}" + (
        f"&category={category}" if category else ""
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(OTHER_PRODUCTS)  # enough rows that the plan depends on the index

    for path in (address, anyone.get(address).json()["next"]):
        nodes = assert_no_seqscan(lambda path=path: anyone.get(path))
        assert not [node for node in nodes if "Sort" in node["Node Type"]]
        [scan] = [node for node in nodes if node["Node Type"].startswith("Index")]
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
def test_the_last_page_of_a_price_range_reads_as_few_blocks_as_the_first(
    without_seqscan, anyone, query
):
    with connection.cursor() as cursor:
        cursor.execute(OTHER_PRODUCTS.replace("500", "3000"))
        cursor.execute(
            "CLUSTER product USING products_by_price"
        )  # otherwise rows fill gaps that earlier tests left
        cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")

    def page_and_blocks(address):
        with CaptureQueriesContext(connection) as queries:
            page = anyone.get(address).json()
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + queries[-1]["sql"])
            plan = cursor.fetchone()[0][0]["Plan"]
        return page, plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]

    page, first = page_and_blocks(f"/api/products/?page_size=100&{query}")
    while page["next"]:
        page, deepest = page_and_blocks(page["next"])

    assert deepest <= first + 3  # the index has about twenty


def test_the_statistics_estimate_the_rows_of_a_category(without_seqscan, product):
    """PostgreSQL collects no statistics for the partial indexes of the category levels."""
    with connection.cursor() as cursor:
        cursor.execute(OTHER_PRODUCTS)
    planned = {}
    for category in ("garden", "home", "home/lighting", "home/rooms"):
        plan = json.loads(Product.objects.filter_by(category=category).explain(format="json"))
        planned[category] = plan[0]["Plan"]["Plan Rows"]

    assert planned == {"garden": 500, "home": 8, "home/lighting": 8, "home/rooms": 1}

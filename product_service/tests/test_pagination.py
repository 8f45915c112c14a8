from base64 import b64encode

import pytest
from conftest import skus

from products.models import Product

pytestmark = pytest.mark.django_db


def test_a_page_has_the_twenty_newest_products(numbered, anyone):
    numbered(1, 21)

    first = anyone.get("/api/products/")

    assert skus(first) == [f"P{number}" for number in range(21, 1, -1)]
    assert first.json()["previous"] is None
    last = anyone.get(first.json()["next"])
    assert (skus(last), last.json()["next"]) == (["P1"], None)
    assert skus(anyone.get(last.json()["previous"])) == skus(first)


def test_cursor_pages_are_stable_while_products_are_added_and_archived(numbered, anyone, staff):
    created = numbered(1, 9)
    first = anyone.get("/api/products/?page_size=3").json()

    numbered(10, 14)
    staff.delete(f"/api/products/{created[8].pk}/")
    second = anyone.get(first["next"]).json()
    staff.delete(f"/api/products/{created[2].pk}/")
    third = anyone.get(second["next"]).json()

    pages = [[row["sku"] for row in page["results"]] for page in (first, second, third)]
    assert pages == [["P9", "P8", "P7"], ["P6", "P5", "P4"], ["P2", "P1"]]
    assert third["next"] is None
    assert skus(anyone.get(second["previous"])) == ["P10", "P8", "P7"]


def test_links_to_other_pages_have_the_filters(product, anyone):
    for number in range(4):
        product(f"LAMP-{number}", category="lighting", price=f"{number}.00")
        product(f"CHAIR-{number}", category="seats")

    first = anyone.get("/api/products/?category=lighting&min_price=1&page_size=2")

    assert skus(first) == ["LAMP-3", "LAMP-2"]
    assert skus(anyone.get(first.json()["next"])) == ["LAMP-1"]


def test_every_page_is_one_statement(numbered, anyone, django_assert_num_queries):
    numbered(1, 9)
    page = "/api/products/?page_size=2"

    while page:
        with django_assert_num_queries(1):
            page = anyone.get(page).json()["next"]


@pytest.mark.parametrize("size", ["0", "101", "-1", "x", "1.5", "٣", "9" * 400])
def test_another_page_size_than_1_to_100_is_rejected(db, anyone, assert_problem, size):
    problem = assert_problem(anyone.get(f"/api/products/?page_size={size}"), 400, "invalid")

    assert problem["errors"][0]["field"] == "page_size"


@pytest.mark.parametrize("cursor", ["x", "cD0x", "cD0lMDA=", "%00", "bz0tMQ==", "é", "9" * 5000])
def test_an_invalid_cursor_is_rejected(numbered, anyone, assert_problem, cursor):
    numbered(1, 1)

    assert_problem(anyone.get(f"/api/products/?cursor={cursor}"), 400, "invalid")


@pytest.mark.parametrize(
    "query",
    [
        "min_price=1",
        "max_price=2",
        "min_price=1&max_price=2",
        "min_price=2&max_price=2",
        "max_price=0",
    ],
)
@pytest.mark.parametrize("ordering", ["price", "-price", "price,name"])
def test_the_pages_of_a_price_range_are_complete_in_both_directions(
    product, anyone, query, ordering
):
    for number in range(12):
        product(f"P{number:02}", price=f"{number % 4}.00")
    product("CENTS", price="2.01")
    limits = dict(each.split("=") for each in query.split("&"))
    inside = [
        row
        for row in Product.objects.all()
        if float(limits.get("min_price", 0)) <= row.price <= float(limits.get("max_price", 9))
    ]
    pages = [anyone.get(f"/api/products/?ordering={ordering}&page_size=2&{query}").json()]
    while pages[-1]["next"]:
        pages.append(anyone.get(pages[-1]["next"]).json())
    back = [pages[-1]]
    while back[-1]["previous"]:
        back.append(anyone.get(back[-1]["previous"]).json())
    expected = [(float(row["price"]), row["id"]) for page in pages for row in page["results"]]

    assert sorted(id for _, id in expected) == sorted(str(row.pk) for row in inside)
    assert [price for price, _ in expected] == sorted(
        [price for price, _ in expected], reverse=ordering.startswith("-")
    )
    assert [page["results"] for page in reversed(back)] == [page["results"] for page in pages]


@pytest.mark.parametrize(
    ("ordering", "inside"),
    [("price", ["P2", "P3", "P4", "P5"]), ("-price", ["P5", "P4", "P3", "P2"])],
)
def test_a_cursor_outside_of_the_price_range_is_before_or_after_it(
    product, anyone, ordering, inside
):
    for number in range(8):
        product(f"P{number}", price=f"{number}.00")
    pages = [anyone.get(f"/api/products/?ordering={ordering}&page_size=1").json()]
    while pages[-1]["next"]:
        pages.append(anyone.get(pages[-1]["next"]).json())
    before, after = (
        anyone.get(
            f"{pages[page]['next']}&min_price=2&max_price=5&page_size=9".replace("page_size=1&", "")
        )
        for page in (0, 6)
    )
    back_before, back_after = (
        anyone.get(
            f"{pages[page]['previous']}&min_price=2&max_price=5&page_size=9".replace(
                "page_size=1&", ""
            )
        )
        for page in (1, 7)
    )

    assert (skus(before), skus(after)) == (inside, [])
    assert (skus(back_before), skus(back_after)) == ([], inside)


@pytest.mark.parametrize(
    "ordering", ["name", "-price", "created_at", "name,-price", "price,-name", "-created_at,price"]
)
def test_pages_are_sorted_and_complete_even_with_equal_values(product, anyone, ordering):
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
def test_an_invalid_ordering_is_rejected(db, anyone, assert_problem, ordering):
    problem = assert_problem(anyone.get(f"/api/products/?ordering={ordering}"), 400, "invalid")
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
def test_a_cursor_of_another_list_is_rejected(product, anyone, assert_problem, position):
    product("P")
    cursor = b64encode(position.encode()).decode()
    for limits in ("", "&min_price=1"):
        assert_problem(
            anyone.get(f"/api/products/?ordering=price&cursor={cursor}{limits}"), 400, "invalid"
        )

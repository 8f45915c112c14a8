from uuid import uuid4

import pytest

from products.api.serializers import ProductQuery
from products.models import Product

pytestmark = pytest.mark.django_db


def skus(response):
    assert response.status_code == 200
    return [row["sku"] for row in response.json()["results"]]


@pytest.fixture
def numbered(product):
    """`numbered(1, 5)`: products P1 to P5."""
    return lambda first, last: [product(f"P{number}") for number in range(first, last + 1)]


def test_a_page_has_the_twenty_newest_products(numbered, anyone):
    numbered(1, 21)

    first = anyone.get("/api/products/")

    assert skus(first) == [f"P{number}" for number in range(21, 1, -1)]
    assert first.json()["previous"] is None
    last = anyone.get(first.json()["next"])
    assert (skus(last), last.json()["next"]) == (["P1"], None)
    assert skus(anyone.get(last.json()["previous"])) == skus(first)


def test_a_row_of_the_list_equals_the_single_product(numbered, anyone):
    (lamp,) = numbered(1, 1)
    alone = anyone.get(f"/api/products/{lamp.pk}/").json()

    assert anyone.get("/api/products/").json() == {
        "next": None,
        "previous": None,
        "results": [alone],
    }
    assert anyone.get(f"/api/products/?ids={lamp.pk}").json() == {
        "next": None,
        "previous": None,
        "results": [alone],
    }


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


def test_ids_returns_the_active_products_in_one_page(numbered, product, anyone):
    created = numbered(1, 100)
    archived = product("ARCHIVED", is_active=False)
    some = [archived.pk, uuid4(), *(each.pk for each in created[:98])]

    for path in (
        f"/api/products/?ids={','.join(map(str, some))}",
        f"/api/products?page_size=1&ids={','.join(map(str, some))}",
    ):
        body = anyone.get(path).json()
        assert sorted(row["id"] for row in body["results"]) == sorted(
            str(each.pk) for each in created[:98]
        )
        assert (body["next"], body["previous"]) == (None, None)


@pytest.mark.usefixtures("unprepared_statements")
def test_ids_is_one_statement(numbered, anyone, django_assert_num_queries):
    created = [str(each.pk) for each in numbered(1, 100)]

    for ids in (created[:1], created):
        with django_assert_num_queries(1):
            assert len(skus(anyone.get(f"/api/products/?ids={','.join(ids)}"))) == len(ids)


@pytest.mark.parametrize(
    ("query", "field"), [("page_size=0", "page_size"), ("cursor=cD0x", "cursor")]
)
def test_invalid_page_parameters_are_rejected_with_ids(db, anyone, assert_problem, query, field):
    problem = assert_problem(anyone.get(f"/api/products/?ids={uuid4()}&{query}"), 400, "invalid")

    assert [error["field"] for error in problem["errors"]] == [field]


def test_ids_may_be_combined_with_ordering_and_filters(product, anyone):
    created = [
        product(sku, price=price) for sku, price in (("A", "2.00"), ("B", "1.00"), ("C", "3.00"))
    ]
    ids = ",".join(str(each.pk) for each in created)

    assert skus(anyone.get(f"/api/products/?ids={ids}&ordering=-price")) == ["C", "A", "B"]
    assert skus(anyone.get(f"/api/products/?ids={ids}&ordering=name&min_price=2")) == ["A", "C"]
    assert skus(anyone.get(f"/api/products/?ids={ids}&search=b")) == ["B"]


@pytest.mark.parametrize(
    "path", ["/api/products/", "/api/products/?search=p1", "/api/products/categories/"]
)
def test_lists_are_revalidated_and_vary_by_authorization(numbered, anyone, path):
    numbered(1, 2)
    response = anyone.get(path)

    assert (response["Cache-Control"], "Authorization" in response["Vary"]) == ("no-cache", True)


def test_a_repeated_id_is_returned_once(numbered, anyone):
    (lamp,) = numbered(1, 1)

    assert skus(anyone.get(f"/api/products/?ids={lamp.pk},{lamp.pk}, {str(lamp.pk).upper()}")) == [
        "P1"
    ]


@pytest.mark.parametrize(
    "ids",
    [
        ",",
        "x",
        "1",
        f"{uuid4()},",
        f"{uuid4()};{uuid4()}",
        "%27 OR 1=1",
        ",".join([str(uuid4())] * 101),
    ],
)
def test_malformed_or_too_many_ids_are_rejected(db, anyone, assert_problem, ids):
    problem = assert_problem(anyone.get(f"/api/products/?ids={ids}"), 400, "invalid")

    assert [error["field"] for error in problem["errors"]] == ["ids"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["C", "B", "A"]),
        ("?category=one", ["B", "A"]),
        ("?category=One", ["B", "A"]),
        ("?min_price=2", ["C", "B"]),
        ("?max_price=1.99", ["A"]),
        ("?min_price=2&max_price=2.00", ["B"]),
        ("?min_price=3&max_price=2", []),
        ("?min_price=2&category=one", ["B"]),
    ],
)
def test_the_list_is_filtered_by_category_and_price(product, anyone, query, expected):
    product("A", price="1.00", category="one")
    product("B", price="2.00", category="one")
    product("C", price="3.00", category="two")

    assert skus(anyone.get(f"/api/products/{query}")) == expected


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
    "query",
    ["min_price=x", "max_price=-1", "min_price=NaN", "max_price=1e3", "category=" + "c" * 101],
)
def test_an_invalid_filter_is_rejected(db, anyone, assert_problem, query):
    problem = assert_problem(anyone.get(f"/api/products/?{query}"), 400, "invalid")

    assert problem["errors"][0]["field"] == query.partition("=")[0]


def test_reading_ignores_an_invalid_token(numbered, anyone):
    (lamp,) = numbered(1, 1)

    for path in ("/api/products/", f"/api/products/{lamp.pk}/", f"/api/products/?ids={lamp.pk}"):
        assert anyone.get(path, Authorization="Bearer nonsense").status_code == 200


@pytest.fixture
def skus_of(anyone):
    return lambda query: {
        row["sku"] for row in anyone.get(f"/api/products/?{query}").json()["results"]
    }


def test_the_sku_filter_is_exact(product, skus_of):
    for sku in ("LAMP-1", "LAMP-2", "lamp-1", "Ä 1/2"):
        product(sku)
    product("OLD", is_active=False)

    assert skus_of("sku=LAMP-1") == {"LAMP-1"}
    assert skus_of("sku=LAMP-2,lamp-1, OLD,NONE") == {"LAMP-2", "lamp-1"}
    assert skus_of("sku=%C3%84%201/2&category=") == {"Ä 1/2"}
    assert skus_of("sku=LAMP") == set()
    assert len(skus_of("sku=")) == 4


@pytest.mark.parametrize(
    "query", ["sku=A,,B", "sku=,", "sku=" + "x" * 65, "sku=" + ",".join(map(str, range(101)))]
)
def test_an_invalid_sku_filter_is_rejected(db, anyone, assert_problem, query):
    assert (
        assert_problem(anyone.get(f"/api/products/?{query}"), 400, "invalid")["errors"][0]["field"]
        == "sku"
    )


@pytest.mark.parametrize(
    "path",
    [
        "?page=2",
        "?ids[]=a",
        "?product_id=a",
        "?Sku=A",
        "categories/?page_size=1",
        "export/?ids=a",
        "{id}/?version=1",
    ],
)
def test_an_unknown_parameter_is_rejected(product, staff, assert_problem, path):
    problem = assert_problem(
        staff.get("/api/products/" + path.format(id=product().pk)), 400, "invalid"
    )
    assert [error["code"] for error in problem["errors"]] == ["unknown"]


@pytest.mark.parametrize("name", [*ProductQuery().fields, "page_size", "cursor"])
def test_a_blank_parameter_counts_as_absent(product, anyone, name):
    product("A", name="Lamp")
    assert anyone.get(f"/api/products/?{name}=").json() == anyone.get("/api/products/").json()
    assert len(anyone.get(f"/api/products/?{name}=%20&utm_source=x").json()["results"]) == 1

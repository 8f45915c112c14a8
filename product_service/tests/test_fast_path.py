"""What the fast path answers is what Django answers, and what is not plain it leaves to Django."""

from uuid import uuid4

import pytest
from tests.conftest import access_token

from chassis.tests.two_ways import by_django, by_the_fast_path


@pytest.fixture
def ids(product):
    return [str(product(sku).pk) for sku in ("LAMP", "CHAIR")] + [str(product("OLD", is_active=False).pk), str(uuid4())]


@pytest.mark.parametrize("path", ["/api/products/", "/api/products"])
@pytest.mark.parametrize("some", [[0], [1, 0, 3], [2], [3], [0, 0], [0] * 100], ids=str)
def test_the_products_of_an_order_are_answered_as_django_does(ids, path, some):
    address = f"{path}?ids={','.join(ids[each] for each in some)}"
    fast = by_the_fast_path("GET", address)
    assert fast is not None
    assert fast == by_django("GET", address)


LISTS = ["", "page_size=2", "page_size=2&ordering=name,-price", "category=L%C3%A4mpchen", "min_price=2&ordering=-price&page_size=1"]
LISTS += [
    "search=lamp",
    "search=cahir",
    "search=%20&page_size=1",
    "search=caf%C3%A9+lamp",
    "ids={0}&page_size=5",
    "ids={0},{1}&search=lamp",
]
LISTS += [
    "ids={0}&ordering=price",
    "format=html&another=1",
    "category=nowhere",
    "&&",
    "search=%FF%ED%A0%80",
    "search=" + "%F0%9F%92%A1" * 99,
]


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("query", LISTS)
def test_each_page_of_a_list_is_answered_as_django_does(ids, product, query, slash):
    product("ITEM", name="Café lamp", price="5.00", category="Lämpchen")
    address = f"/api/products{slash}?{query.format(*ids)}"
    while address:
        fast = by_the_fast_path("GET", address)
        assert fast is not None
        assert fast == by_django("GET", address)
        address = fast.body["next"]


WRONG = ["ids=", "ids=x", "ids={0}&ids={0}", "ids={0},", "ids=" + ",".join(["{0}"] * 101), "ids={0}&cursor=x", "page_size=0"]
WRONG += [
    "cursor=x",
    "cursor=",
    "ordering=sku",
    "search=a&search=b",
    "min_price=x",
    "search=" + "x" * 401,
    "search=%00",
    "search=\0",
    "a=1&" * 1001,
]


@pytest.mark.parametrize("query", [*WRONG, "include_archived=true", "include%5Farchived=true"])
def test_what_is_wrong_with_a_list_is_for_django_to_say(ids, query):
    assert by_the_fast_path("GET", f"/api/products/?{query.format(ids[0])}") is None


def test_whoever_says_who_he_is_is_left_to_django(ids):
    assert by_the_fast_path("GET", f"/api/products/?ids={ids[0]}", authorization=f"Bearer {access_token('staff')}") is None


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS", "DELETE"])
def test_other_methods_are_left_to_django(ids, method):
    assert by_the_fast_path(method, f"/api/products/?ids={ids[0]}") is None


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_product_is_answered_as_django_does(product, slash):
    address = f"/api/products/{product('LAMP', name='Lampe ä', description='x').pk}{slash}"
    fast = by_the_fast_path("GET", address)
    assert fast is not None
    assert fast == by_django("GET", address)
    assert fast.headers["ETag"] == '"1"'


def test_a_product_that_is_not_sold_or_not_there_is_left_to_django(ids):
    assert [by_the_fast_path("GET", f"/api/products/{product_id}/") for product_id in ids[2:]] == [None, None]


@pytest.mark.parametrize("headers", [{"authorization": "Bearer x"}, {"if_none_match": '"1"'}], ids=str)
def test_whoever_says_more_when_reading_a_product_is_left_to_django(ids, headers):
    assert by_the_fast_path("GET", f"/api/products/{ids[0]}/", **headers) is None
    assert by_the_fast_path("GET", f"/api/products/{ids[0]}/?a=1") is None

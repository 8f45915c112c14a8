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


@pytest.mark.parametrize(
    "query",
    [
        "",
        "ids=",
        "ids=x",
        "ids={0}&page_size=5",
        "ids={0}&ids={0}",
        "ids={0},",
        "ids={0}&search=lamp",
        "ids=" + ",".join(["{0}"] * 101),
    ],
)
def test_any_other_list_is_left_to_django(ids, query):
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

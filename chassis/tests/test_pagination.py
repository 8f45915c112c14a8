import functools
import json
import operator
from base64 import b64encode
from urllib.parse import urlsplit

import pytest

from chassis.tests.sample.models import Thing

pytestmark = pytest.mark.django_db

PATH = "/api/things/"


@pytest.fixture
def things():
    """`things("a", "b")` creates rows with these names in this order."""
    return lambda *names: [Thing.objects.create(name=name) for name in names]


@pytest.fixture
def page(client):
    def get(address=PATH, **parameters):
        response = client.get(address, parameters or None)
        assert response.status_code == 200, response.content
        return response.json()

    return get


def names_of(page):
    return [row["name"] for row in page["results"]]


def relative(url):
    return urlsplit(url)._replace(scheme="", netloc="").geturl()


def test_an_empty_list_is_one_empty_page(page):
    assert page() == {"next": None, "previous": None, "results": []}


def test_newest_first_and_20_to_a_page(page, things):
    things(*[f"{number:02}" for number in range(25)])
    first = page()
    assert names_of(first) == [f"{number:02}" for number in range(24, 4, -1)]
    assert names_of(page(relative(first["next"]))) == ["04", "03", "02", "01", "00"]


@pytest.mark.parametrize(("count", "size"), [(1, 1), (5, 2), (6, 2), (6, 6), (6, 100)])
def test_pages_are_the_same_in_both_directions(page, things, count, size):
    things(*[str(number) for number in range(count)])
    pages = [page(page_size=size)]
    while pages[-1]["next"]:
        pages.append(page(relative(pages[-1]["next"])))
    assert functools.reduce(operator.iadd, map(names_of, pages), []) == [
        str(number) for number in reversed(range(count))
    ]
    assert len(pages) == -(-count // size)
    back = pages[-1:]
    while back[-1]["previous"]:
        back.append(page(relative(back[-1]["previous"])))
    assert [names_of(one) for one in reversed(back)] == [names_of(one) for one in pages]


def test_concurrent_inserts_and_deletes_do_not_shift_pages(page, things):
    rows = things("a", "b", "c", "d", "e", "f")
    first = page(page_size=2)
    things("g", "h")
    rows[4].delete()  # the last row of the first page
    second = page(relative(first["next"]))
    assert (names_of(first), names_of(second)) == (["f", "e"], ["d", "c"])
    assert (
        names_of(page(relative(second["previous"]))) == ["g", "f"]
        or names_of(page(relative(second["previous"])))[-1] == "f"
    )


def test_every_page_takes_one_query_without_offset(page, things, django_assert_num_queries):
    things(*"abcdef")
    address = relative(page(page_size=2)["next"])
    for _ in range(2):
        with django_assert_num_queries(1) as captured:
            found = page(address)
        assert "OFFSET" not in captured.captured_queries[0]["sql"]
        address = relative(found["next"] or address)


@pytest.mark.parametrize(
    "by",
    [
        "weight,id",
        "-weight,-id",
        "weight,-id",
        "-weight,seen_at,id",
        "seen_at,-weight,-name",
        "-seen_at,-id",
    ],
)
def test_an_order_by_several_columns_has_each_row_once_in_both_directions(page, by):
    rows = [Thing.objects.create(name=str(number), weight=number % 3) for number in range(11)]
    Thing.objects.filter(name__in=["2", "3", "5"]).update(seen_at=rows[0].seen_at)
    pages = [page(page_size=2, by=by)]
    while pages[-1]["next"]:
        pages.append(page(relative(pages[-1]["next"])))
    assert functools.reduce(operator.iadd, map(names_of, pages), []) == [
        row.name for row in Thing.objects.order_by(*by.split(","))
    ]
    back = pages[-1:]
    while back[-1]["previous"]:
        back.append(page(relative(back[-1]["previous"])))
    assert [names_of(one) for one in reversed(back)] == [names_of(one) for one in pages]


def test_a_cursor_has_a_value_for_each_column(client, things):
    things("a", "b")
    for position in ("p=1", "p=1&p=2", "p=1&p=2&p=3", "p=1&p=", "r=1"):
        assert client.get(PATH, {"cursor": cursor(position), "by": "weight,-id"}).status_code == 400


@pytest.mark.parametrize(
    "size", ["0", "101", "-1", "a", "1.0", " 5", "٣", "1e1", "9" * 5000, "null", "0x10", "+5"]
)
def test_another_page_size_is_invalid(client, size):
    response = client.get(PATH, {"page_size": size})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "page_size")


def cursor(text):
    return b64encode(text if isinstance(text, bytes) else text.encode()).decode()


ODD = [
    "abc",
    "====",
    "\0",
    "ä",
    "a b",
    "x" * 3000,
    cursor("nonsense"),
    cursor("p"),
    cursor("p=abc"),
    cursor("p=\0"),
    cursor("p=%00"),
    cursor("p=%ED%A0%80"),
    cursor("p=" + "9" * 2000),
    cursor("o=-1"),
    cursor("o=1001"),
    cursor("o=x"),
    cursor("o=" + "9" * 5000),
    cursor("o=1e3"),
    cursor(b"p=\xff"),
]


@pytest.mark.parametrize("by", ["-id", "name", "weight", "-seen_at"])
@pytest.mark.parametrize("value", ODD, ids=[repr(value)[:30] for value in ODD])
def test_another_cursor_is_invalid_or_a_position_in_the_list(client, things, value, by):
    things("a", "b")
    response = client.get(PATH, {"cursor": value, "by": by})
    assert response.status_code in ({200, 400} if by in {"name", "weight"} else {400}), (
        response.content
    )
    if response.status_code == 400:
        assert [error["field"] for error in response.json()["errors"]] in (["cursor"], ["url"])


@pytest.mark.parametrize(
    "position", ["NaN", "-Infinity", "1e999999", "1e-999999", "99999999999", "sNaN"]
)
def test_a_position_that_is_no_number_of_the_column_is_invalid(client, things, position):
    things("a", "b")
    response = client.get(PATH, {"cursor": cursor(f"p={position}"), "by": "weight"})
    assert response.status_code in {200, 400}, response.content


@pytest.mark.parametrize(
    "position", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-13-01T00:00:00Z"]
)
def test_a_position_that_is_no_time_of_the_column_is_invalid(client, things, position):
    things("a", "b")
    response = client.get(
        PATH, {"cursor": cursor(f"p={position.replace('+', '%2B')}"), "by": "-seen_at"}
    )
    assert response.status_code in {200, 400}, response.content


def test_page_links_use_the_origin_of_the_client(client, things):
    things(*"abc")
    response = client.get(
        "/api/things", {"page_size": 1, "x": "ü&y"}, headers={"Host": "localhost:1234"}
    )
    found = json.loads(response.content)["next"]
    assert found.startswith("http://localhost:1234/api/things?")
    assert "x=%C3%BC%26y" in found

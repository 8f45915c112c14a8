"""Over HTTP: the address book."""

from uuid import uuid4

import pytest
from conftest import is_problem

from chassis.countries import COUNTRIES
from users.models import Address

pytestmark = pytest.mark.django_db
BOOK = "/api/users/me/addresses/"
HOME = {
    "name": "Ada Example",
    "line1": "1 Example Street",
    "line2": "2nd floor",
    "city": "Exampleton",
    "region": "NY",
    "postal_code": "12345",
    "country": "US",
    "phone": "+1 555 0100",
    "is_default": True,
}
LEAST = {"line1": "1 Example Street", "city": "Exampleton", "country": "DE"}


@pytest.fixture
def me(as_user, ada):
    return as_user(ada)


def test_add_read_change_and_remove(me):
    answer = me.post(BOOK, HOME)
    assert answer.status_code == 201
    made = answer.json()
    assert made == HOME | {"id": str(Address.objects.get().id)}
    path = f"{BOOK}{made['id']}/"
    assert me.get(path).json() == made
    assert me.get(BOOK).json() == {"next": None, "previous": None, "results": [made]}
    changed = me.patch(path, {"line2": "", "country": "CA"})
    assert (changed.status_code, changed.json()) == (200, made | {"line2": "", "country": "CA"})
    gone = me.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    is_problem(me.get(path), 404, "address_not_found")
    is_problem(me.delete(path), 404, "address_not_found")


def test_three_fields_are_enough(me):
    made = me.post(BOOK, LEAST).json()
    nothing = {
        "name": "",
        "line2": "",
        "region": "",
        "postal_code": "",
        "phone": "",
        "is_default": True,
    }
    assert made == LEAST | nothing | {"id": made["id"]}


def test_the_list_is_paged_newest_first_and_is_ones_own(me, as_user, user):
    as_user(user("bob@example.com")).post(BOOK, LEAST | {"line1": "his"})
    for number in range(5):
        me.post(BOOK, LEAST | {"line1": str(number)})
    first = me.get(f"{BOOK}?page_size=3").json()
    second = me.get(first["next"]).json()
    assert [each["line1"] for each in first["results"] + second["results"]] == [
        "4",
        "3",
        "2",
        "1",
        "0",
    ]
    assert second["next"] is None
    assert me.get(second["previous"]).json()["results"] == first["results"]


def test_there_is_one_default(me):
    first, second = me.post(BOOK, HOME).json()["id"], me.post(BOOK, HOME).json()["id"]
    assert [each["is_default"] for each in me.get(BOOK).json()["results"]] == [True, False]
    is_problem(me.patch(f"{BOOK}{second}/", {"is_default": False}), 400, "invalid")
    assert me.patch(f"{BOOK}{first}/", {"is_default": True}).json()["is_default"] is True
    me.delete(f"{BOOK}{first}/")
    assert [(each["id"], each["is_default"]) for each in me.get(BOOK).json()["results"]] == [
        (second, True)
    ]


def test_a_full_book_is_a_conflict(me, ada):
    Address.objects.bulk_create(Address(user=ada, **LEAST) for _ in range(50))
    is_problem(me.post(BOOK, LEAST), 409, "address_book_full")
    assert Address.objects.count() == 50


def test_somebody_elses_address_is_not_there(me, as_user, boss):
    path = f"{BOOK}{me.post(BOOK, HOME).json()['id']}/"
    for other in (as_user(boss),):  # staff neither
        is_problem(other.get(path), 404, "address_not_found")
        is_problem(other.patch(path, {"city": "X"}), 404, "address_not_found")
        is_problem(other.delete(path), 404, "address_not_found")
    assert me.get(path).json()["city"] == "Exampleton"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"line1": ""}, "line1"),
        ({"line1": "   "}, "line1"),
        ({"line1": None}, "line1"),
        ({"line1": "x" * 201}, "line1"),
        ({"line2": "x" * 201}, "line2"),
        ({"name": "x" * 151}, "name"),
        ({"city": ""}, "city"),
        ({"city": "x" * 101}, "city"),
        ({"region": "x" * 101}, "region"),
        ({"postal_code": "x" * 21}, "postal_code"),
        ({"postal_code": 12345}, "postal_code"),
        ({"phone": "x" * 41}, "phone"),
        ({"phone": ["x"]}, "phone"),
        ({"country": "us"}, "country"),
        ({"country": "USA"}, "country"),
        ({"country": "XX"}, "country"),
        ({"country": ""}, "country"),
        ({"country": None}, "country"),
        ({"country": 1}, "country"),
        ({"country": ["US"]}, "country"),
        *(
            ({name: f"a{character}b"}, name)
            for name in ("name", "line1", "line2", "city", "region", "postal_code", "phone")
            for character in "\u200b\u202e\n\u00ad\x1b"
        ),
        ({"is_default": "yes"}, "is_default"),
        ({"is_default": None}, "is_default"),
        ({"id": str(uuid4())}, "id"),
        ({"user": str(uuid4())}, "user"),
    ],
)
def test_an_address_that_is_not_valid_names_the_field(me, change, field):
    kept = me.post(BOOK, HOME).json()
    for answer in (me.post(BOOK, HOME | change), me.patch(f"{BOOK}{kept['id']}/", change)):
        problem = is_problem(answer, 400, "invalid")
        assert {error["field"] for error in problem["errors"]} == {field}
    assert me.get(BOOK).json()["results"] == [kept]


@pytest.mark.parametrize("left_out", list(LEAST))
def test_line1_city_and_country_are_needed(me, left_out):
    problem = is_problem(
        me.post(BOOK, {name: value for name, value in LEAST.items() if name != left_out}),
        400,
        "invalid",
    )
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [
        (left_out, "required")
    ]
    assert not Address.objects.exists()


@pytest.mark.parametrize("body", [b'{"line1": "\\u0000"}', b'{"city": "\\ud800"}', b"{"])
def test_what_is_not_text(me, body):
    is_problem(me.post(BOOK, body), 400, "parse_error")
    is_problem(me.patch(f"{BOOK}{me.post(BOOK, LEAST).json()['id']}/", body), 400, "parse_error")


def test_the_countries_are_those_of_iso_3166():
    assert {"US", "DE", "GB", "JP", "ZA", "AX"} <= set(COUNTRIES)
    assert not {"UK", "EU", "XX", "ZZ", "us"} & set(COUNTRIES)


@pytest.mark.parametrize("query", ["page_size=0", "page_size=101", "cursor=x"])
def test_odd_pages_of_the_book(me, query):
    is_problem(me.get(f"{BOOK}?{query}"), 400, "invalid")


def test_a_malformed_id_is_nowhere(me):
    is_problem(me.get(f"{BOOK}1/"), 404, "not_found")


def test_an_address_can_be_patched_back_and_its_id_cannot_change(me):
    made = me.post(BOOK, HOME).json()
    path = f"{BOOK}{made['id']}/"
    assert me.patch(path, made | {"city": "Elsewhere"}).json() == made | {"city": "Elsewhere"}
    problem = is_problem(me.patch(path, made | {"id": str(uuid4())}), 400, "invalid")
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [("id", "read_only")]
    assert me.get(path).json()["city"] == "Elsewhere"

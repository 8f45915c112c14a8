"""Over HTTP: the address book."""

from uuid import uuid4

import pytest
from conftest import assert_problem

from chassis.countries import COUNTRIES
from users.models import Address

pytestmark = pytest.mark.django_db
URL = "/api/users/me/addresses/"
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
REQUIRED = {"line1": "1 Example Street", "city": "Exampleton", "country": "DE"}


@pytest.fixture
def me(as_user, ada):
    return as_user(ada)


def test_create_read_change_and_remove(me):
    response = me.post(URL, HOME)
    assert response.status_code == 201
    created = response.json()
    assert created == HOME | {"id": str(Address.objects.get().id)}
    path = f"{URL}{created['id']}/"
    assert me.get(path).json() == created
    assert me.get(URL).json() == {"next": None, "previous": None, "results": [created]}
    changed = me.patch(path, {"line2": "", "country": "CA"})
    assert (changed.status_code, changed.json()) == (200, created | {"line2": "", "country": "CA"})
    deleted = me.delete(path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert_problem(me.get(path), 404, "address_not_found")
    assert_problem(me.delete(path), 404, "address_not_found")


def test_three_fields_are_required(me):
    created = me.post(URL, REQUIRED).json()
    defaults = {
        "name": "",
        "line2": "",
        "region": "",
        "postal_code": "",
        "phone": "",
        "is_default": True,
    }
    assert created == REQUIRED | defaults | {"id": created["id"]}


def test_the_list_is_paginated_newest_first_and_has_only_own_addresses(me, as_user, user):
    as_user(user("bob@example.com")).post(URL, REQUIRED | {"line1": "other"})
    for number in range(5):
        me.post(URL, REQUIRED | {"line1": str(number)})
    first = me.get(f"{URL}?page_size=3").json()
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


def test_a_full_address_book_is_a_conflict(me, ada):
    Address.objects.bulk_create(Address(user=ada, **REQUIRED) for _ in range(50))
    assert_problem(me.post(URL, REQUIRED), 409, "address_book_full")
    assert Address.objects.count() == 50


def test_an_address_of_another_user_is_not_found(me, as_user, boss):
    path = f"{URL}{me.post(URL, HOME).json()['id']}/"
    staff = as_user(boss)
    assert_problem(staff.get(path), 404, "address_not_found")
    assert_problem(staff.patch(path, {"city": "X"}), 404, "address_not_found")
    assert_problem(staff.delete(path), 404, "address_not_found")
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
def test_an_invalid_address_names_the_field(me, change, field):
    stored = me.post(URL, HOME).json()
    for response in (me.post(URL, HOME | change), me.patch(f"{URL}{stored['id']}/", change)):
        problem = assert_problem(response, 400, "invalid")
        assert {error["field"] for error in problem["errors"]} == {field}
    assert me.get(URL).json()["results"] == [stored]


@pytest.mark.parametrize("missing", list(REQUIRED))
def test_a_missing_required_field_is_named(me, missing):
    problem = assert_problem(
        me.post(URL, {name: value for name, value in REQUIRED.items() if name != missing}),
        400,
        "invalid",
    )
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [
        (missing, "required")
    ]
    assert not Address.objects.exists()


@pytest.mark.parametrize("body", [b'{"line1": "\\u0000"}', b'{"city": "\\ud800"}', b"{"])
def test_invalid_text_is_a_parse_error(me, body):
    assert_problem(me.post(URL, body), 400, "parse_error")
    assert_problem(
        me.patch(f"{URL}{me.post(URL, REQUIRED).json()['id']}/", body), 400, "parse_error"
    )


def test_the_countries_are_those_of_iso_3166():
    assert {"US", "DE", "GB", "JP", "ZA", "AX"} <= set(COUNTRIES)
    assert not {"UK", "EU", "XX", "ZZ", "us"} & set(COUNTRIES)


@pytest.mark.parametrize("query", ["page_size=0", "page_size=101", "cursor=x"])
def test_invalid_pagination_parameters(me, query):
    assert_problem(me.get(f"{URL}?{query}"), 400, "invalid")


def test_a_malformed_id_is_not_found(me):
    assert_problem(me.get(f"{URL}1/"), 404, "not_found")


def test_a_response_can_be_sent_back_and_the_id_is_read_only(me):
    created = me.post(URL, HOME).json()
    path = f"{URL}{created['id']}/"
    assert me.patch(path, created | {"city": "Elsewhere"}).json() == created | {"city": "Elsewhere"}
    problem = assert_problem(me.patch(path, created | {"id": str(uuid4())}), 400, "invalid")
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [("id", "read_only")]
    assert me.get(path).json()["city"] == "Elsewhere"

"""What the admin's pages show, and what comes of a deed."""

import logging
from uuid import UUID

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chassis.admin import lists
from chassis.tests.accounts import ScriptedIssuer
from chassis.tests.desk import Desk, fields, pages_of, words
from chassis.tests.sample.admin import said
from chassis.tests.sample.models import Thing

pytestmark = pytest.mark.django_db
LIST = "/admin/sample/thing/"


@pytest.fixture
def desk():
    ScriptedIssuer.reset()
    said.clear()
    made = Desk()
    made.sign_in()
    return made


def thing(name="lamp"):
    return Thing.objects.create(name=name)


def of(row, deed="change"):
    return f"{LIST}{row.pk}/{deed}/"


def test_djangos_own_checks_find_nothing_wrong():
    call_command("check")


def test_there_are_no_tables_of_users_or_of_changes():
    assert not [name for name in connection.introspection.table_names() if name.startswith(("auth", "django_admin", "django_cont"))]


def test_every_page_is_there_and_offers_no_more_than_its_deed_asks(desk):
    page = admin.site.get_model_admin(Thing)
    asked = {"name", "nickname", "owner", "size", "count", "heavy", "story", "version"}
    for path in pages_of(page, thing()):
        answer = desk.get(path)
        assert answer.status_code == 200, path
        assert fields(answer) == (asked if path.endswith("/make/") else set())


def test_a_page_shows_the_row_what_belongs_to_it_and_the_deeds_that_may_be_done(desk):
    other = thing("chair")
    text = words(desk.get(of(thing())))
    assert "Thing" in text
    for shown in ("lamp", other.name, "Parts 3", "None.", "Push"):
        assert shown in text
    assert "Break" not in text


def test_names_are_shown_as_they_are_and_run_nothing(desk):
    row = thing("<script>alert(1)</script>")
    for path in (LIST, of(row), of(row, "push")):
        assert b"<script>alert" not in desk.get(path).content
        assert "<script>alert(1)</script>" in words(desk.get(path)) or path.endswith("push/")


def test_a_list_leafs_through_a_window_only_and_says_so(desk, monkeypatch):
    monkeypatch.setattr(lists, "WINDOW", 120)
    Thing.objects.bulk_create(Thing(name=f"thing {n:03}") for n in range(150))
    with CaptureQueriesContext(connection) as queries:
        text = words(desk.get(LIST))
    assert "The first 120; search to find others." in text
    assert "thing 149" in text
    assert "thing 099" not in text
    assert all("LIMIT" in query["sql"] for query in queries.captured_queries)
    assert "thing 049" in words(desk.get(f"{LIST}?p=3"))
    assert desk.get(f"{LIST}?p=4").status_code == 302


def test_a_list_is_in_its_own_order_whatever_the_address_asks_for(desk):
    with CaptureQueriesContext(connection) as queries:
        desk.get(f"{LIST}?o=1")
    assert not [query for query in queries.captured_queries if 'ORDER BY "thing"."name"' in query["sql"]]


@pytest.mark.parametrize("term", ["lamp", " lamp "])
def test_search_finds_what_is_written_just_so(desk, term):
    row = thing()
    thing("lamps")
    assert "1 thing" in words(desk.get(f"{LIST}?q={term}"))
    assert "1 thing" in words(desk.get(f"{LIST}?q={row.pk}"))


@pytest.mark.parametrize("term", ["nothing", "%27;--", "x" * 500, "%EF%BF%BD", "%ED%A0%80"])
def test_search_for_what_is_not_there_finds_nothing(desk, term):
    thing()
    assert "0 things" in words(desk.get(f"{LIST}?q={term}"))


def test_a_filter_filters(desk):
    thing("odd")
    thing()
    assert "1 thing" in words(desk.get(f"{LIST}?which=odd"))
    assert "2 things" in words(desk.get(f"{LIST}?which=nonsense"))


@pytest.mark.parametrize("lookup", ["name__startswith=l", "name=lamp", "pk__in=1", "seen_at__year=2026", "_to_field=name"])
def test_nothing_can_be_looked_up_that_no_filter_offers(desk, lookup):
    thing()
    answer = desk.get(f"{LIST}?{lookup}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "text/html; charset=utf-8")


@pytest.mark.parametrize("odd", ["p=x", "p=-1", "p=99999999999999999999", "all=", "e=1", "_popup=1", "o=x.-9", "_facets=1"])
def test_odd_addresses_of_a_list_are_no_error(desk, odd):
    thing()
    assert desk.get(f"{LIST}?{odd}").status_code in {200, 302}


def test_a_deed_calls_its_function_with_who_asks_and_what_was_said(desk):
    answer = desk.do(f"{LIST}make/", name="lamp", size="small", count="3", heavy="on", nickname="", owner="", story="", version="")
    assert "Make a thing: done." in words(answer)
    ((who, told),) = said
    assert who.id == UUID(ScriptedIssuer.user_id)
    assert told == {"name": "lamp", "size": "small", "count": 3, "heavy": True, "nickname": "", "owner": None}
    assert Thing.objects.get().name == "lamp"


def test_what_the_serializer_refuses_is_said_at_its_field_and_nothing_is_done(desk):
    answer = desk.do(f"{LIST}make/", name="lamp", count="10")
    text = words(answer)
    assert "Nothing was done." in text
    assert "Ensure this value is less than or equal to 9." in text
    assert 'value="lamp"' in answer.content.decode()
    assert said == []
    assert not Thing.objects.exists()


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"name": "x" * 51},
        {"name": "a\0b"},
        {"name": "lamp", "count": "three"},
        {"name": "lamp", "count": "9" * 5000},
        {"name": "lamp", "size": "huge"},
        {"name": "lamp", "version": "x"},
    ],
)
def test_bad_input_is_told_and_does_nothing(desk, form):
    assert "Nothing was done." in words(desk.do(f"{LIST}make/", **form))
    assert said == []


def test_a_refusal_at_a_field_is_shown_there(desk):
    text = words(desk.do(f"{LIST}make/", name="taken"))
    assert "There is one of this name." in text
    assert not Thing.objects.exists()


def test_any_other_refusal_is_shown_with_what_it_is_about(desk):
    text = words(desk.do(of(thing("stuck"), "push")))
    assert "The thing is stuck." in text
    assert "thing stuck, by now 3" in text


def test_a_deed_says_what_it_does_before_it_is_done(desk):
    row = thing()
    assert "It may fall." in words(desk.get(of(row, "push")))
    assert said == []
    assert "Push: done." in words(desk.do(of(row, "push")))


def test_a_fault_of_ours_is_a_page_without_its_inside(desk):
    answer = desk.do(of(thing(), "break"))
    assert answer.status_code == 500
    assert "Something went wrong here." in words(answer)
    assert b"secret of the house" not in answer.content


def test_a_deed_is_a_line_in_the_log_without_what_was_said(desk, caplog):
    caplog.set_level(logging.INFO, "admin")
    row = thing("stuck")
    desk.do(of(row, "push"))
    desk.do(f"{LIST}make/", name="a personal thing")
    lines = [record for record in caplog.records if record.name == "admin"]
    assert [(line.deed, line.of, line.actor, getattr(line, "code", "")) for line in lines] == [
        ("push", str(row.pk), ScriptedIssuer.user_id, "stuck"),
        ("make", "", ScriptedIssuer.user_id, ""),
    ]
    assert "a personal thing" not in caplog.text


def test_a_list_does_a_deed_for_each_row_selected_and_tells_the_refusals(desk):
    rows = [thing("lamp"), thing("stuck 1"), thing("chair"), *[thing(f"stuck {n}") for n in range(2, 8)]]
    desk.get(LIST)
    answer = desk.post(LIST, {"action": "push", "index": "0", "_selected_action": [str(row.pk) for row in rows]})
    text = words(desk.get(answer["Location"]))
    assert "Push: done for 2." in text
    assert "The thing is stuck." in text
    assert "And 2 more." in text
    assert {name for _, name in said} == {row.name for row in rows}


def test_a_list_does_nothing_to_rows_that_were_not_selected(desk):
    chosen = thing()
    thing("chair")
    desk.get(LIST)
    desk.post(LIST, {"action": "push", "index": "0", "select_across": "1", "_selected_action": [str(chosen.pk)]})
    assert [name for _, name in said] == ["lamp"]


@pytest.mark.parametrize("form", [{"action": "push"}, {"action": "make"}, {"action": "delete_selected"}, {"action": "nothing"}])
def test_a_list_offers_no_other_action(desk, form):
    row = thing()
    desk.get(LIST)
    answer = desk.post(LIST, {**form, "index": "0", "_selected_action": [str(row.pk)] if form["action"] != "push" else []})
    assert answer.status_code in {200, 302}
    assert said == []
    assert Thing.objects.exists()


def test_a_selection_that_is_none_is_refused(desk):
    thing()
    desk.get(LIST)
    answer = desk.post(LIST, {"action": "push", "index": "0", "_selected_action": ["x"]})
    assert answer.status_code == 400
    assert said == []


def test_a_database_that_is_away_is_said_on_a_page(desk, monkeypatch):
    from django.db import OperationalError

    def away(*args, **kwargs):
        raise OperationalError("the password is swordfish")

    monkeypatch.setattr("chassis.admin.lists.WindowPaginator.count", property(away))
    answer = desk.get(LIST)
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert b"swordfish" not in answer.content

"""Lists, forms and actions over a model of the sample service."""

from uuid import UUID, uuid4

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.test import Client

from chassis.admin import model_admin
from chassis.tests import admin_client
from chassis.tests.admin_client import STAFF_ID, AdminClient, fields, text_of
from chassis.tests.sample.admin import executed
from chassis.tests.sample.models import Thing

pytestmark = pytest.mark.django_db
THINGS = "/admin/sample/thing/"


@pytest.fixture
def users(monkeypatch, settings):
    with admin_client.user_service(monkeypatch, settings) as script:
        yield script


@pytest.fixture
def browser(users):
    executed.clear()
    made = AdminClient()
    made.login()
    return made


def thing(name="lamp"):
    return Thing.objects.create(name=name)


def page(row, name=""):
    return f"{THINGS}{row.pk}/{f'actions/{name}' if name else 'change'}/"


def test_only_editable_fields_can_be_filled_in(browser):
    row = thing()
    admin_client.assert_every_page_works(browser, {Thing: row})
    assert fields(browser.get(page(row))) == {"name"}
    assert browser.get(f"{THINGS}{row.pk}/delete/").status_code == 403


def test_a_list_counts_and_pages_through_a_limited_number_of_rows(browser, monkeypatch):
    monkeypatch.setattr(model_admin, "LIST_LIMIT", 60)
    Thing.objects.bulk_create(Thing(name=f"thing-{number:03}") for number in range(120))
    assert "The first 60; search to find others." in text_of(browser.get(THINGS))
    assert "thing-119" in text_of(browser.get(THINGS))
    assert "thing-060" in text_of(browser.get(f"{THINGS}?p=2"))
    assert browser.get(f"{THINGS}?p=3").status_code == 302
    admin_client.assert_lists_use_indexes(browser)


@pytest.mark.parametrize("query", ["o=1", "o=-2", "all="])
def test_no_query_changes_the_order_or_the_limit(browser, query):
    Thing.objects.bulk_create(Thing(name=f"thing-{number}") for number in range(60))
    text = text_of(browser.get(f"{THINGS}?{query}"))
    assert "thing-59" in text
    assert "thing-1 " not in text


@pytest.mark.parametrize("lookup", ["weight__gt=0", "name__startswith=l", "pk=x", "name__regex=("])
def test_no_query_filters_by_other_columns(browser, lookup):
    thing()
    assert browser.get(f"{THINGS}?{lookup}").status_code == 400


def test_a_search_finds_exactly_what_was_typed(browser):
    row = thing("lamp")
    thing("lamp 2")
    for term in ("lamp", str(row.pk)):
        assert "1 thing" in text_of(browser.get(f"{THINGS}?q={term}"))
    assert "0 things" in text_of(browser.get(f"{THINGS}?q=lam"))


def test_a_saved_form_is_logged_under_the_staff_member(browser):
    row = thing()
    assert "was changed successfully" in text_of(browser.submit(page(row), name="chair"))
    assert Thing.objects.get().name == "chair"
    assert LogEntry.objects.get().user.username == STAFF_ID


@pytest.mark.parametrize("name", ["taken", "too long"])
def test_an_error_of_the_service_function_or_the_serializer_is_a_form_error(browser, name):
    row = thing()
    for path in (page(row), f"{THINGS}add/"):
        response = browser.submit(path, name=name)
        assert "Please correct the error below." in text_of(response)
        assert f'value="{name}"' in response.content.decode()
    assert Thing.objects.get().name == "lamp"


def test_an_action_is_confirmed_first_and_logs_the_staff_member(browser):
    row = thing()
    assert "It may fall." in text_of(browser.get(page(row, "push")))
    assert executed == []
    assert "Push: done." in text_of(browser.submit(page(row, "push")))
    assert executed == [(UUID(STAFF_ID), "lamp")]
    assert LogEntry.objects.get().change_message == "Push."


def test_a_rejected_action_shows_the_reason(browser):
    text = text_of(browser.submit(page(thing("stuck"), "push")))
    assert "Nothing was done. The thing is stuck. thing stuck, by now 3" in text
    assert not LogEntry.objects.exists()


def test_an_action_with_a_form_is_validated_by_the_request_serializer(browser):
    row = thing()
    assert "no more than 5 characters" in text_of(
        browser.submit(page(row, "rename"), name="too long")
    )
    assert "Rename: done." in text_of(browser.submit(page(row, "rename"), name="chair"))
    assert Thing.objects.get().name == "chair"


def test_an_action_of_the_list_redirects_to_the_new_row(browser):
    assert "Make: done." in text_of(browser.submit(f"{THINGS}actions/make/", name="table"))
    assert Thing.objects.get().name == "table"


def test_an_action_that_is_not_available_has_no_button(browser):
    text = text_of(browser.get(page(thing())))
    assert "Push" in text
    assert "Fail" not in text


def test_an_unexpected_error_is_a_page_without_internal_details(browser):
    response = browser.client.get(page(thing(), "fail"))
    browser._token = admin_client.CSRF_TOKEN.search(response.content.decode())[1]
    response = browser.post(page(thing("other"), "fail"))
    assert response.status_code == 500
    assert "internal details" not in response.content.decode()


def test_a_bulk_action_reports_each_error_and_executes_the_others(browser):
    rows = [thing("a"), thing("b"), thing("stuck 1"), thing("stuck 2")]
    text = text_of(browser.bulk(THINGS, "push", rows))
    assert (text.count(": done."), text.count(": The thing is stuck.")) == (2, 2)
    assert len(executed) == 4
    assert LogEntry.objects.count() == 2


@pytest.mark.parametrize("chosen", ["x", str(uuid4())])
def test_a_bulk_action_of_unknown_rows_does_nothing(browser, chosen):
    thing()
    browser.get(THINGS)
    form = {"action": "push", "index": "0", ACTION_CHECKBOX_NAME: [chosen]}
    assert browser.post(THINGS, form).status_code in {302, 404}
    assert executed == []


def test_pages_need_a_session(users):
    for path in (THINGS, page(thing()), page(thing("b"), "push"), f"{THINGS}add/"):
        assert Client().get(path).status_code == 302


def test_static_files_are_served(client):
    for name in ("admin/css/base.css", "chassis/admin.css"):
        response = client.get(f"/static/{name}")
        assert response.status_code == 200
        response.close()

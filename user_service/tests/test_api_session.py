"""Over HTTP: the door for the shop's own pages, with the refresh token in a cookie."""

from datetime import timedelta

import pytest
from conftest import HERE, PASSWORD, Api, at_once, is_problem
from django.db.models.functions import Now
from django.test import Client

from users.models import Login, RefreshToken
from users.services import sessions

pytestmark = pytest.mark.django_db

SESSION = "/api/users/session/"
REFRESH = f"{SESSION}refresh/"
OURS = {"X-Requested-With": "storefront"}


class Browser:
    """It keeps cookies, and sends them along."""

    def __init__(self) -> None:
        self.client = Client(REMOTE_ADDR=HERE, raise_request_exception=False)

    def sign_in(self, password=PASSWORD, **headers):
        body = {"email": "ada@example.com", "password": password}
        return self.client.post(SESSION, body, content_type="application/json", headers=headers)

    def refresh(self, headers=OURS):
        return self.client.post(REFRESH, headers=headers)

    def sign_out(self, headers=OURS):
        return self.client.delete(SESSION, headers=headers)

    @property
    def token(self):
        return self.client.cookies["shop_session"].value

    @token.setter
    def token(self, value):
        self.client.cookies["shop_session"] = value


@pytest.fixture
def browser(signing_key, ada):
    return Browser()


def test_signing_in_answers_with_an_access_token_and_keeps_the_other_in_a_cookie(browser):
    answer = browser.sign_in()

    assert answer.status_code == 200
    assert set(answer.json()) == {"access", "token_type", "expires_in"}
    assert answer["Cache-Control"] == "no-store"
    assert Api(answer.json()["access"]).get("/api/users/me/").status_code == 200
    assert RefreshToken.objects.get(hash=sessions._hash(browser.token)).spent_at is None


def test_no_script_and_no_other_site_gets_at_the_cookie(browser):
    cookie = browser.sign_in().cookies["shop_session"]

    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/api/users/session"
    assert cookie["max-age"] == 30 * 24 * 3600


@pytest.mark.parametrize(("scheme", "secure"), [("https", True), ("http", "")])
def test_over_https_the_cookie_is_for_https_only(browser, scheme, secure):
    assert (
        browser.sign_in(**{"X-Forwarded-Proto": scheme}).cookies["shop_session"]["secure"] == secure
    )


def test_a_wrong_password_sets_no_cookie(browser):
    refused = browser.sign_in("another password")

    is_problem(refused, 401, "invalid_credentials")
    assert not refused.cookies


def test_a_form_of_another_site_cannot_sign_anybody_in(browser):
    refused = browser.client.post(SESSION, "{}", content_type="text/plain")

    is_problem(refused, 415, "unsupported_media_type")


def test_refreshing_spends_the_token_in_the_cookie_for_the_next(browser):
    browser.sign_in()
    first = browser.token

    answer = browser.refresh()

    assert answer.status_code == 200
    assert set(answer.json()) == {"access", "token_type", "expires_in"}
    assert browser.token != first
    assert browser.refresh().status_code == 200


@pytest.mark.parametrize("step", ["refresh", "sign_out"])
def test_without_the_header_the_cookie_is_worth_nothing(browser, step):
    browser.sign_in()
    before = browser.token

    is_problem(getattr(browser, step)(headers={}), 403, "permission_denied")

    assert browser.token == before
    assert Login.objects.get().ended_at is None


def test_without_a_cookie_nobody_stays_signed_in(browser):
    is_problem(browser.refresh(), 401, "invalid_refresh_token")


def test_a_page_that_never_saw_the_answer_may_ask_again(browser):
    browser.sign_in()
    first = browser.token
    browser.refresh()
    browser.token = first

    assert browser.refresh().status_code == 200
    assert browser.refresh().status_code == 200


def test_whoever_holds_the_token_that_was_passed_over_is_noticed(browser):
    browser.sign_in()
    first = browser.token
    browser.refresh()
    passed_over, browser.token = browser.token, first
    browser.refresh()
    RefreshToken.objects.exclude(spent_at=None).update(spent_at=Now() - timedelta(seconds=11))
    browser.token = passed_over

    is_problem(browser.refresh(), 401, "invalid_refresh_token")
    assert Login.objects.get().ended_at is not None


def test_a_token_that_was_spent_a_while_ago_ends_the_login_and_the_cookie(browser):
    browser.sign_in()
    first = browser.token
    browser.refresh()
    RefreshToken.objects.exclude(spent_at=None).update(spent_at=Now() - timedelta(seconds=11))
    browser.token = first

    refused = browser.refresh()

    is_problem(refused, 401, "invalid_refresh_token")
    assert refused.cookies["shop_session"]["max-age"] == 0
    assert Login.objects.get().ended_at is not None


def test_the_plain_door_forgives_nothing(browser):
    browser.sign_in()
    first = browser.token
    browser.refresh()

    is_problem(
        Api().post("/api/users/token/refresh/", {"refresh": first}), 401, "invalid_refresh_token"
    )
    assert Login.objects.get().ended_at is not None


@pytest.mark.django_db(transaction=True)
def test_tabs_that_refresh_at_once_all_stay_signed_in(browser):
    browser.sign_in()
    tabs = [Browser() for _ in range(4)]
    for tab in tabs:
        tab.token = browser.token

    assert [answer.status_code for answer in at_once([tab.refresh for tab in tabs])] == [200] * 4
    assert RefreshToken.objects.filter(spent_at=None).count() == 1
    assert Login.objects.get().ended_at is None


def test_signing_out_ends_the_login_and_removes_the_cookie(browser):
    browser.sign_in()

    answer = browser.sign_out()

    assert (answer.status_code, answer.cookies["shop_session"]["max-age"]) == (204, 0)
    assert Login.objects.get().ended_at is not None
    assert browser.sign_out().status_code == 204


@pytest.mark.parametrize("path", ["/api/users/session/", "/api/users/session/refresh/"])
def test_a_method_that_is_not_there_is_405_with_the_header_and_without(client, path):
    for headers in ({}, {"X-Requested-With": "storefront"}):
        assert client.generic("TRACE", path, headers=headers).status_code == 405

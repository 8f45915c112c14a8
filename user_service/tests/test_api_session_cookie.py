"""Over HTTP: sessions of browsers, with the refresh token in a cookie."""

from datetime import timedelta

import pytest
from conftest import CLIENT_IP, PASSWORD, Api, assert_problem
from django.db.models.functions import Now
from django.test import Client

from chassis.tests.concurrency import run_concurrently
from users.models import RefreshToken, Session
from users.services import sessions

pytestmark = pytest.mark.django_db

SESSION = "/api/users/session/"
REFRESH = f"{SESSION}refresh/"
CSRF_HEADER = {"X-Requested-With": "storefront"}


class Browser:
    def __init__(self) -> None:
        self.client = Client(REMOTE_ADDR=CLIENT_IP, raise_request_exception=False)

    def sign_in(self, password=PASSWORD, **headers):
        body = {"email": "ada@example.com", "password": password}
        return self.client.post(SESSION, body, content_type="application/json", headers=headers)

    def refresh(self, headers=CSRF_HEADER):
        return self.client.post(REFRESH, headers=headers)

    def sign_out(self, headers=CSRF_HEADER):
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


def test_signing_in_returns_an_access_token_and_sets_the_refresh_token_cookie(browser):
    response = browser.sign_in()

    assert response.status_code == 200
    assert set(response.json()) == {"access", "token_type", "expires_in"}
    assert response["Cache-Control"] == "no-store"
    assert Api(response.json()["access"]).get("/api/users/me/").status_code == 200
    assert RefreshToken.objects.get(hash=sessions.hash_token(browser.token)).used_at is None


def test_the_cookie_is_http_only_and_same_site(browser):
    cookie = browser.sign_in().cookies["shop_session"]

    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/api/users/session"
    assert cookie["max-age"] == 30 * 24 * 3600


@pytest.mark.parametrize(("scheme", "secure"), [("https", True), ("http", "")])
def test_the_cookie_is_secure_over_https(browser, scheme, secure):
    assert (
        browser.sign_in(**{"X-Forwarded-Proto": scheme}).cookies["shop_session"]["secure"] == secure
    )


def test_a_wrong_password_sets_no_cookie(browser):
    response = browser.sign_in("another password")

    assert_problem(response, 401, "invalid_credentials")
    assert not response.cookies


def test_a_cross_site_form_cannot_sign_in(browser):
    response = browser.client.post(SESSION, "{}", content_type="text/plain")

    assert_problem(response, 415, "unsupported_media_type")


def test_refreshing_replaces_the_token_in_the_cookie(browser):
    browser.sign_in()
    first = browser.token

    response = browser.refresh()

    assert response.status_code == 200
    assert set(response.json()) == {"access", "token_type", "expires_in"}
    assert browser.token != first
    assert browser.refresh().status_code == 200


@pytest.mark.parametrize("method", ["refresh", "sign_out"])
def test_the_cookie_is_rejected_without_the_csrf_header(browser, method):
    browser.sign_in()
    before = browser.token

    assert_problem(getattr(browser, method)(headers={}), 403, "permission_denied")

    assert browser.token == before
    assert Session.objects.get().ended_at is None


def test_refreshing_requires_the_cookie(browser):
    assert_problem(browser.refresh(), 401, "invalid_refresh_token")


def test_a_used_token_is_accepted_again_within_the_reuse_interval(browser):
    browser.sign_in()
    first = browser.token
    browser.refresh()
    browser.token = first

    assert browser.refresh().status_code == 200
    assert browser.refresh().status_code == 200


def test_reuse_of_the_skipped_successor_ends_the_session(browser):
    browser.sign_in()
    first = browser.token
    browser.refresh()
    skipped, browser.token = browser.token, first
    browser.refresh()
    RefreshToken.objects.exclude(used_at=None).update(used_at=Now() - timedelta(seconds=11))
    browser.token = skipped

    assert_problem(browser.refresh(), 401, "invalid_refresh_token")
    assert Session.objects.get().ended_at is not None


def test_reuse_after_the_interval_ends_the_session_and_removes_the_cookie(browser):
    browser.sign_in()
    first = browser.token
    browser.refresh()
    RefreshToken.objects.exclude(used_at=None).update(used_at=Now() - timedelta(seconds=11))
    browser.token = first

    response = browser.refresh()

    assert_problem(response, 401, "invalid_refresh_token")
    assert response.cookies["shop_session"]["max-age"] == 0
    assert Session.objects.get().ended_at is not None


def test_the_token_endpoint_has_no_reuse_interval(browser):
    browser.sign_in()
    first = browser.token
    browser.refresh()

    assert_problem(
        Api().post("/api/users/token/refresh/", {"refresh": first}), 401, "invalid_refresh_token"
    )
    assert Session.objects.get().ended_at is not None


@pytest.mark.django_db(transaction=True)
def test_tabs_that_refresh_concurrently_all_stay_signed_in(browser):
    browser.sign_in()
    tabs = [Browser() for _ in range(4)]
    for tab in tabs:
        tab.token = browser.token

    assert [
        response.status_code for response in run_concurrently(*[tab.refresh for tab in tabs])
    ] == [200] * 4
    assert RefreshToken.objects.filter(used_at=None).count() == 1
    assert Session.objects.get().ended_at is None


def test_signing_out_ends_the_session_and_removes_the_cookie(browser):
    browser.sign_in()

    response = browser.sign_out()

    assert (response.status_code, response.cookies["shop_session"]["max-age"]) == (204, 0)
    assert Session.objects.get().ended_at is not None
    assert browser.sign_out().status_code == 204


@pytest.mark.parametrize("path", ["/api/users/session/", "/api/users/session/refresh/"])
def test_an_unknown_method_is_405_with_and_without_the_header(client, path):
    for headers in ({}, {"X-Requested-With": "storefront"}):
        assert client.generic("TRACE", path, headers=headers).status_code == 405

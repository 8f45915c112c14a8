"""Login to the admin, session lifetime, cookies, CSRF and error pages."""

import time

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client

from chassis.tests import admin_client
from chassis.tests.admin_client import STAFF_ID, AdminClient, text_of

pytestmark = pytest.mark.django_db
INDEX, THINGS = "/admin/", "/admin/sample/thing/"
UNREACHABLE = (503, {"detail": "internal details"})
GATEWAY = {
    "X-Proxy-Secret": settings.TRUSTED_PROXY_SECRET,
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Prefix": "/sample",
}


@pytest.fixture
def users(monkeypatch, settings):
    with admin_client.user_service(monkeypatch, settings) as script:
        yield script


@pytest.fixture
def browser(users):
    return AdminClient()


def paths(users):
    return [path.removeprefix("/api/users/token/") for path, _, _ in users.calls]


def expire(monkeypatch, seconds=901):
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + seconds)


def test_staff_log_in_at_the_user_service(browser, users):
    response = browser.login()
    assert (response.status_code, response["Location"]) == (302, INDEX)
    assert "boss@example.com" in text_of(browser.get(INDEX))
    body = {"email": "boss@example.com", "password": "right"}
    assert users.calls == [("/api/users/token/", body, "127.0.0.1")]


def test_the_local_row_has_the_account_id_and_no_password(browser, users):
    browser.login()
    browser.login()
    user = User.objects.get()
    assert (user.username, user.email, user.first_name) == (STAFF_ID, "", "")
    assert not user.has_usable_password()
    assert "Change password" not in text_of(browser.get(INDEX))


def test_a_local_password_is_not_accepted(browser, users, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    browser.login()
    User.objects.update(password=make_password("local"))
    for name in (STAFF_ID, "boss@example.com"):
        assert AdminClient().login(name, "local").status_code == 200


def test_a_wrong_password_is_a_form_error(browser):
    response = browser.login(password="wrong")
    assert response.status_code == 200
    assert "There is no account with this e-mail address and password." in text_of(response)
    assert browser.get(INDEX).status_code == 302


def test_a_customer_is_rejected_and_the_login_is_revoked(browser, users):
    users.role = "customer"
    assert "This account is not a staff account." in text_of(browser.login())
    assert paths(users) == ["", "revoke/"]
    assert not User.objects.exists()
    assert browser.get(INDEX).status_code == 302


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        ((429, {"detail": "Too many failed sign-ins. Wait."}), "Too many failed sign-ins. Wait."),
        ((429, b"[]"), "The user has sent too many requests"),
        ((400, {"detail": "See errors."}), "There is no account with this"),
        (UNREACHABLE, "The user service is unreachable."),
        ((302, b""), "The user service is unreachable."),
        ((200, b"<html>"), "The user service is unreachable."),
        ((200, b"null"), "The user service is unreachable."),
    ],
)
def test_any_other_response_is_a_form_error(browser, users, reply, shown):
    users.error = reply
    response = browser.login()
    assert response.status_code == 200
    assert shown in text_of(response)
    assert "internal details" not in text_of(response)


def test_an_unreachable_user_service_is_a_form_error(browser, settings):
    settings.AUTH_TOKEN_URL = "http://127.0.0.1:9/"
    response = browser.login()
    assert response.status_code == 200
    assert "The user service is unreachable." in text_of(response)


def test_an_empty_form_does_not_call_the_user_service(browser, users):
    assert "This field is required." in text_of(browser.login("", ""))
    assert users.calls == []


@pytest.mark.parametrize("typed", ["a\0b", "x" * 2000, "\udc80".encode("utf-8", "surrogatepass")])
def test_invalid_input_is_rejected_with_a_page(browser, typed):
    assert browser.login(typed, "wrong").status_code == 200


def test_failures_behind_the_gateway_count_for_the_client(users, browser):
    browser.get("/admin/login/")
    form = {"username": "a@example.com", "password": "wrong", "csrfmiddlewaretoken": browser._token}
    browser.client.post("/admin/login/", form, headers=GATEWAY)
    assert users.calls[-1][2] == "203.0.113.7"


def test_login_redirects_to_the_requested_page(browser):
    login = f"/admin/login/?next={THINGS}"
    assert browser.get(THINGS)["Location"] == login
    assert browser.login(query=f"?next={THINGS}")["Location"] == THINGS


@pytest.mark.parametrize(
    "other", ["https://evil.example.com/", "//evil.example.com/", "javascript:x"]
)
def test_login_does_not_redirect_to_another_origin(browser, other):
    assert not browser.login(query=f"?next={other}")["Location"].startswith(other)


def test_the_cookies_are_for_the_admin_only_and_no_script_reads_them(browser):
    cookies = browser.login().cookies
    assert set(cookies) == {"sample_admin", "sample_admin_csrf"}
    for cookie in cookies.values():
        assert (cookie["path"], cookie["samesite"]) == ("/admin", "Strict")
        assert (cookie["httponly"], cookie["secure"], cookie["domain"]) == (True, True, "")
    assert cookies["sample_admin"]["max-age"] == ""  # a session cookie


def test_the_login_page_creates_no_session(browser):
    browser.get("/admin/login/")
    assert not Session.objects.exists()


@pytest.mark.parametrize("value", ["", "x", "\x00", "é", "a" * 5000])
def test_an_invalid_session_cookie_is_anonymous(users, value):
    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = value
    assert client.get(INDEX).status_code == 302


def test_an_expired_session_is_deleted_at_the_next_login(browser):
    browser.login()
    Session.objects.update(expire_date="2020-01-01T00:00Z")
    assert browser.get(INDEX).status_code == 302
    browser.login()
    assert Session.objects.count() == 1


def test_login_replaces_the_session_key(browser):
    planted = "a" * 32
    SessionStore(planted).save(must_create=True)
    browser.client.cookies[settings.SESSION_COOKIE_NAME] = planted
    browser.login()
    assert browser.session.session_key != planted
    assert not Session.objects.filter(pk=planted).exists()


def test_the_tokens_are_refreshed_when_the_access_token_has_expired(browser, users, monkeypatch):
    browser.login()
    refresh = browser.session["refresh"]
    expire(monkeypatch)
    assert browser.get(INDEX).status_code == 200
    assert users.calls[-1][:2] == ("/api/users/token/refresh/", {"refresh": refresh})
    assert browser.session["refresh"] != refresh
    assert browser.get(INDEX).status_code == 200
    assert paths(users) == ["", "refresh/"]


def test_an_account_that_is_no_longer_staff_is_logged_out_after_fifteen_minutes(
    browser, users, monkeypatch
):
    browser.login()
    users.role = "customer"
    expire(monkeypatch)
    assert browser.get(INDEX).status_code == 302
    assert paths(users) == ["", "refresh/", "revoke/"]
    assert not Session.objects.exists()


def test_a_closed_account_is_logged_out_after_fifteen_minutes(browser, users, monkeypatch):
    browser.login()
    users.error = (401, {"detail": "This refresh token is spent."})
    expire(monkeypatch)
    assert browser.get(INDEX).status_code == 302
    users.error = None
    assert browser.get(INDEX).status_code == 302


def test_without_a_user_service_a_session_lasts_until_its_access_token_expires(
    browser, users, monkeypatch
):
    browser.login()
    users.error = UNREACHABLE
    assert browser.get(INDEX).status_code == 200
    expire(monkeypatch)
    response = browser.get(THINGS)
    assert response.status_code == 302
    assert "The user service is unreachable." in text_of(browser.get(response["Location"]))


def test_logout_ends_the_session_of_a_copied_cookie(browser, users):
    browser.login()
    copied = AdminClient()
    copied.client.cookies[settings.SESSION_COOKIE_NAME] = browser.session.session_key
    assert copied.get(INDEX).status_code == 200
    refresh = browser.session["refresh"]
    browser.get(INDEX)
    assert browser.logout().status_code == 200
    assert users.calls[-1][:2] == ("/api/users/token/revoke/", {"refresh": refresh})
    assert [each.get(INDEX).status_code for each in (browser, copied)] == [302, 302]


def test_logout_works_without_the_user_service(browser, users):
    browser.login()
    browser.get(INDEX)
    users.error = UNREACHABLE
    browser.logout()
    assert browser.get(INDEX).status_code == 302


def test_logout_needs_a_post(browser):
    browser.login()
    assert browser.client.get("/admin/logout/").status_code == 405
    assert browser.get(INDEX).status_code == 200


@pytest.mark.parametrize(
    "path", ["login/", "logout/", "sample/thing/", "sample/thing/actions/make/"]
)
def test_a_form_without_its_csrf_token_changes_nothing(browser, users, path):
    browser.login()
    calls = len(users.calls)
    form = {"username": "boss@example.com", "password": "right", "name": "lamp"}
    assert browser.client.post(f"/admin/{path}", form).status_code == 403
    assert len(users.calls) == calls
    assert browser.get(INDEX).status_code == 200


def test_a_form_from_another_origin_changes_nothing(browser):
    browser.login()
    browser.get(INDEX)
    form = {"csrfmiddlewaretoken": browser._token}
    other = {"Origin": "https://evil.example.com"}
    assert browser.client.post("/admin/logout/", form, headers=other).status_code == 403


@pytest.mark.parametrize("path", ["nothing/", "sample/nothing/", "sample/thing/x/actions/push/"])
def test_an_unknown_page_is_a_404_page(browser, path):
    browser.login()
    response = browser.get(f"/admin/{path}")
    assert (response.status_code, response["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert response["X-Request-ID"] in text_of(response)


def test_a_path_without_its_slash_is_redirected(browser):
    browser.login()
    assert browser.get("/admin")["Location"] == INDEX
    assert browser.get("/admin/sample/thing")["Location"] == THINGS


def test_an_api_request_has_no_session_and_no_cookie(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/api/who/", headers={"Cookie": "sample_admin=x"})
    assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")
    assert "Set-Cookie" not in response
    assert not hasattr(response.wsgi_request, "session")


def test_an_admin_session_does_not_authenticate_at_the_api(browser):
    browser.login()
    assert browser.client.get("/api/who/").status_code == 401


def test_behind_the_gateway_every_url_has_the_prefix_of_the_service(client, users):
    redirect = client.get(THINGS, headers=GATEWAY)
    assert redirect["Location"] == f"/sample/admin/login/?next=/sample{THINGS}"
    form = client.get("/admin/login/", headers=GATEWAY)
    assert 'action="/sample/admin/login/"' in form.content.decode()
    assert [cookie["path"] for cookie in form.cookies.values()] == ["/sample/admin"]
    assert client.get("/admin", headers=GATEWAY)["Location"] == "/sample/admin/"
    assert client.get("/admin/")["Location"] == "/admin/login/?next=/admin/"


@pytest.mark.parametrize(
    "invented", [{"X-Proxy-Secret": "x"}, {"X-Forwarded-Prefix": "//evil.example"}]
)
def test_no_other_client_sets_the_prefix(client, invented):
    assert client.get("/admin/", headers=GATEWAY | invented)["Location"].startswith("/admin/login/")

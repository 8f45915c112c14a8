"""Who gets in to the admin, for how long, and what is around its pages."""

import time

import pytest
from django.conf import settings
from django.test import Client

from chassis import tokens
from chassis.admin import sessions
from chassis.problems import ServiceUnavailable, TooManyRequests, Unauthenticated
from chassis.tests.accounts import ScriptedIssuer
from chassis.tests.desk import Desk, session_of, words

pytestmark = pytest.mark.django_db
INDEX = "/admin/"


@pytest.fixture(autouse=True)
def issuer():
    ScriptedIssuer.reset()
    return ScriptedIssuer


@pytest.fixture
def desk():
    return Desk()


def time_passes(monkeypatch, seconds):
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + seconds)


def test_staff_sign_in_with_their_account_and_see_who_they_are(desk, issuer):
    answer = desk.sign_in("boss@example.com")
    assert (answer.status_code, answer["Location"]) == (302, INDEX)
    assert "boss@example.com" in words(desk.get(INDEX))
    assert issuer.calls == [("sign in", "boss@example.com", "127.0.0.1")]


def test_a_wrong_password_is_told_and_leaves_nobody_signed_in(desk):
    answer = desk.sign_in(password="wrong")
    assert answer.status_code == 200
    assert "There is no account with this e-mail address and password." in words(answer)
    assert desk.get(INDEX).status_code == 302


def test_a_customer_is_told_so_and_the_login_just_begun_is_ended(desk, issuer):
    issuer.role = "customer"
    assert "This account is not one of the staff's." in words(desk.sign_in())
    assert [call[0] for call in issuer.calls] == ["sign in", "end"]
    assert desk.get(INDEX).status_code == 302


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (TooManyRequests("Too many failed sign-ins. Wait before the next try."), "Too many failed sign-ins."),
        (ServiceUnavailable("token issuer", "The accounts are out of reach."), "The accounts are out of reach."),
    ],
)
def test_any_other_refusal_is_told_on_the_form(desk, issuer, refusal, said):
    issuer.refusal = refusal
    answer = desk.sign_in()
    assert answer.status_code == 200
    assert said in words(answer)


def test_an_empty_form_asks_nobody(desk, issuer):
    assert "This field is required." in words(desk.sign_in("", ""))
    assert issuer.calls == []


@pytest.mark.parametrize("typed", ["a\0b", "x" * 2000, "\ud800".encode("utf-8", "surrogatepass").decode("latin1")])
def test_odd_input_is_refused_with_a_page(desk, typed):
    assert desk.sign_in(typed, "nonsense").status_code == 200


def test_whoever_is_not_signed_in_is_led_to_the_form_and_back(desk):
    wanted = "/admin/sample/thing/?q=lamp"
    answer = desk.get(wanted)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=%2Fadmin%2Fsample%2Fthing%2F%3Fq%3Dlamp")
    assert desk.sign_in(after="/admin/sample/thing/%3Fq%3Dlamp")["Location"].startswith("/admin/sample/thing/")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example.com/admin/",
        "//evil.example.com/admin/",
        "/\\evil.example.com",
        "javascript:alert(1)",
        "/api/who/",
        "x",
    ],
)
def test_signing_in_leads_to_pages_of_the_admin_only(desk, elsewhere):
    assert desk.sign_in(after=elsewhere)["Location"] == INDEX


def test_the_cookie_is_for_the_admin_only_and_no_script_reads_it(desk):
    cookie = desk.sign_in().cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["secure"]) == ("/admin", True, "Strict", True)
    assert (cookie["max-age"], cookie["expires"], cookie["domain"]) == ("", "", "")  # it goes with the browser, and to this host
    assert settings.SESSION_COOKIE_NAME == "sample_admin"


def test_the_cookie_tells_nothing_to_whoever_else_gets_it(desk, monkeypatch):
    cookie = desk.sign_in().cookies[settings.SESSION_COOKIE_NAME].value
    held = session_of(desk.client)
    assert held["refresh"].startswith("refresh-")
    assert held["refresh"] not in cookie
    sessions._cipher.cache_clear()
    monkeypatch.setattr(settings, "SERVICE_NAME", "another")
    assert sessions.SessionStore(cookie).load() == {}
    sessions._cipher.cache_clear()


@pytest.mark.parametrize("value", ["", "x", "e30", "gAAAAA", "\x00", "é", "a" * 5000])
def test_a_cookie_that_is_not_ours_is_none(value):
    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = value
    assert client.get(INDEX).status_code == 302


def test_a_cookie_of_eight_hours_ago_is_none(desk, monkeypatch):
    desk.sign_in()
    time_passes(monkeypatch, settings.SESSION_COOKIE_AGE + 60)
    assert desk.get(INDEX).status_code == 302


def test_nothing_of_a_session_from_before_the_sign_in_goes_along(desk):
    desk.get("/admin/login/")
    before = session_of(desk.client)["_csrftoken"]
    desk.sign_in()
    after = session_of(desk.client)
    assert set(after.keys()) == {"access", "refresh", "email", "_csrftoken"}
    assert after["_csrftoken"] != before


def test_the_login_is_renewed_when_the_access_token_has_run_out(desk, issuer, monkeypatch):
    desk.sign_in()
    refresh = session_of(desk.client)["refresh"]
    time_passes(monkeypatch, 901)
    assert desk.get(INDEX).status_code == 200
    assert issuer.calls[1:] == [("renew", refresh)]
    assert session_of(desk.client)["refresh"] != refresh
    assert desk.get(INDEX).status_code == 200
    assert len(issuer.calls) == 2


def test_who_is_no_longer_staff_is_out_with_the_next_access_token(desk, issuer, monkeypatch):
    desk.sign_in()
    issuer.role = "customer"
    time_passes(monkeypatch, 901)
    assert desk.get(INDEX).status_code == 302
    assert [call[0] for call in issuer.calls] == ["sign in", "renew", "end"]
    assert "refresh" not in session_of(desk.client)


def test_a_login_that_is_over_ends_the_session(desk, issuer, monkeypatch):
    desk.sign_in()
    issuer.refusal = Unauthenticated("This refresh token is spent.")
    time_passes(monkeypatch, 901)
    assert desk.get(INDEX).status_code == 302
    issuer.refusal = None
    assert desk.get(INDEX).status_code == 302


def test_an_issuer_that_is_away_for_a_moment_ends_no_session(desk, issuer, monkeypatch):
    desk.sign_in()
    issuer.refusal = ServiceUnavailable("token issuer", "The accounts are out of reach.")
    time_passes(monkeypatch, 901)
    answer = desk.get(INDEX)
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert "The accounts are out of reach." in words(answer)
    issuer.refusal = None
    assert desk.get(INDEX).status_code == 200


def test_an_access_token_signed_by_somebody_else_is_worth_nothing(desk, issuer, monkeypatch):
    desk.sign_in()
    tokens._verified.cache_clear()
    monkeypatch.setattr("chassis.tests.keys.FixedKeys.find", lambda self, key_id: None)
    issuer.refusal = Unauthenticated()
    assert desk.get(INDEX).status_code == 302


def test_signing_out_ends_the_login_and_the_session(desk, issuer):
    desk.sign_in()
    refresh = session_of(desk.client)["refresh"]
    desk.get(INDEX)
    assert desk.post("/admin/logout/")["Location"] == "/admin/login/"
    assert issuer.calls[-1] == ("end", refresh)
    assert "You are signed out." in words(desk.get("/admin/login/"))
    assert desk.get(INDEX).status_code == 302


def test_signing_out_works_while_the_issuer_is_away(desk, issuer):
    desk.sign_in()
    desk.get(INDEX)
    issuer.refusal = ServiceUnavailable("token issuer")
    desk.post("/admin/logout/")
    assert desk.get(INDEX).status_code == 302


def test_a_link_signs_nobody_out(desk):
    desk.sign_in()
    assert desk.get("/admin/logout/").status_code == 302
    assert desk.get(INDEX).status_code == 200


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/logout/", "/admin/sample/thing/", "/admin/sample/thing/make/"])
def test_a_form_from_elsewhere_does_nothing(desk, issuer, path):
    desk.sign_in()
    calls = len(issuer.calls)
    answer = desk.client.post(path, {"username": "boss@example.com", "password": "right", "name": "lamp"})
    assert answer.status_code == 403
    assert "Nothing was changed." in words(answer)
    assert len(issuer.calls) == calls
    assert desk.get(INDEX).status_code == 200


def test_a_form_sent_by_a_page_of_another_origin_does_nothing(desk):
    desk.sign_in()
    desk.get(INDEX)
    answer = desk.client.post(
        "/admin/logout/", {"csrfmiddlewaretoken": desk._token}, headers={"Origin": "https://evil.example.com"}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
@pytest.mark.parametrize("path", [INDEX, "/admin/login/", "/admin/sample/thing/"])
def test_other_methods_are_refused_with_a_page(desk, method, path):
    desk.sign_in()
    answer = getattr(desk.client, method)(path)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST")
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    "path",
    [
        "/admin/nothing/",
        "/admin/sample/nothing/",
        "/admin/sample/thing/no-uuid/change/",
        "/admin/sample/thing/0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11/change/",
        "/admin/sample/thing/0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11/nothing/",
        "/admin/password_change/",
        "/admin/sample/thing/add/",
        "/admin/r/1/2/",
    ],
)
def test_unknown_pages_are_pages_too(desk, path):
    assert desk.get(path).status_code == 302
    desk.sign_in()
    answer = desk.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert answer["X-Request-ID"] in words(answer)


def test_the_address_without_its_slash_leads_to_the_one_with_it(desk):
    desk.sign_in()
    assert desk.get("/admin")["Location"] == INDEX
    assert desk.get("/admin/sample/thing")["Location"] == "/admin/sample/thing/"


def test_head_is_answered_without_a_body(desk):
    desk.sign_in()
    answer = desk.client.head(INDEX)
    assert (answer.status_code, answer.content) == (200, b"")


def test_every_page_is_nobody_elses_business(desk):
    for answer in (desk.get("/admin/login/"), desk.sign_in(), desk.get(INDEX), desk.get("/admin/nothing/")):
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert "no-store" in desk.get(INDEX)["Cache-Control"]


def test_an_api_request_meets_nothing_of_the_admin(client, monkeypatch, django_assert_num_queries):
    def never(*args, **kwargs):
        raise AssertionError("the API has no session")

    monkeypatch.setattr(sessions.SessionStore, "__init__", never)
    monkeypatch.setattr("chassis.admin.staff.at_the_desk", never)
    with django_assert_num_queries(0):
        answer = client.get("/api/who/", headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}=x"})
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert "Set-Cookie" not in answer
    assert not {"session", "csrf", "auth.middleware"} & {word for each in settings.MIDDLEWARE for word in each.split(".")}


def test_an_admin_session_is_no_key_to_the_api(desk):
    desk.sign_in()
    assert desk.client.get("/api/who/").status_code == 401


def test_static_files_are_served_from_here(client):
    for name in ("admin/css/base.css", "chassis/desk.css", "chassis/once.js"):
        answer = client.get(f"/static/{name}")
        assert (answer.status_code, len(answer.getvalue())) > (200, 100)
        answer.close()


BEHIND_GATEWAY = {"Gateway-Key": settings.GATEWAY_KEY, "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Prefix": "/sample"}


def test_behind_the_gateway_every_address_begins_with_the_folder_of_the_service(client, issuer):
    led = client.get("/admin/sample/thing/", headers=BEHIND_GATEWAY)
    assert led["Location"] == "/sample/admin/login/?next=%2Fsample%2Fadmin%2Fsample%2Fthing%2F"
    form = client.get("/admin/login/", headers=BEHIND_GATEWAY)
    assert 'action="/sample/admin/login/"' in form.content.decode()
    [cookie] = form.cookies.values()
    assert cookie["path"] == "/sample/admin"
    assert client.get("/admin", headers=BEHIND_GATEWAY)["Location"] == "/sample/admin/"


def test_what_came_through_the_gateway_does_not_change_what_comes_directly(client):
    client.get("/admin/", headers=BEHIND_GATEWAY)

    assert client.get("/admin/")["Location"] == "/admin/login/?next=%2Fadmin%2F"


@pytest.mark.parametrize(
    "invented", [{"Gateway-Key": "invented"}, {"X-Forwarded-Prefix": "/evil"}, {"X-Forwarded-Prefix": "//evil.example"}]
)
def test_nobody_else_moves_the_addresses(client, invented):
    answer = client.get("/admin/", headers=BEHIND_GATEWAY | invented)

    assert answer["Location"] == "/admin/login/?next=%2Fadmin%2F"

"""Every way to be refused looks the same."""

from uuid import uuid4

import pytest
from conftest import Api, is_problem

from users.models import User

pytestmark = pytest.mark.django_db

USER_PATH = f"/api/users/{uuid4()}/"
ADDRESS_PATH = f"/api/users/me/addresses/{uuid4()}/"
OPEN_PATHS = [
    "/api/users/",
    "/api/users/session/",
    "/api/users/token/",
    "/api/users/token/refresh/",
    "/api/users/token/revoke/",
    "/api/users/password-reset/",
    "/api/users/password-reset/confirm/",
]
FOR_USERS = [
    ("GET", "/api/users/me/"),
    ("PATCH", "/api/users/me/"),
    ("DELETE", "/api/users/me/"),
    ("POST", "/api/users/me/password/"),
    ("GET", "/api/users/me/addresses/"),
    ("POST", "/api/users/me/addresses/"),
    ("GET", ADDRESS_PATH),
    ("PATCH", ADDRESS_PATH),
    ("DELETE", ADDRESS_PATH),
    ("GET", "/api/users/"),
    ("GET", "/api/users/closed/"),
    ("GET", USER_PATH),
    ("PATCH", USER_PATH),
]


@pytest.mark.parametrize(("method", "path"), FOR_USERS)
def test_without_a_token_one_is_told_where_to_get_it(api, method, path):
    answer = api.call(method, path)
    problem = is_problem(answer, 401, "not_authenticated")
    assert "POST /api/users/token/" in problem["detail"]
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Basic YTpi", "Bearer x", "Bearer a.b.c", "Bearer \u00e9", "x"]
)
def test_a_bad_token_is_refused(api, header):
    answer = api.call("GET", "/api/users/me/", Authorization=header)
    is_problem(answer, 401, "invalid_token")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", OPEN_PATHS)
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff",
        b'{"email": "\\u0000"}',
        b'{"refresh": "\\ud800"}',
        b'{"email": 1e999}',
        b"NaN",
        b"[" * 10000,
    ],
)
def test_what_is_not_json(api, path, body):
    is_problem(api.post(path, body), 400, "parse_error")


@pytest.mark.parametrize("path", OPEN_PATHS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"1",
        b'"x"',
        b"{}",
        b'{"unknown": 1}',
        b'{"email": [], "refresh": {}}',
        b'{"email": 18446744073709551615, "refresh": 18446744073709551615}',
        b'{"email": true, "password": false, "refresh": true}',
        b'{"email": "", "password": "", "refresh": ""}',
    ],
)
def test_what_is_json_but_not_what_is_asked_for(api, path, body):
    problem = is_problem(api.post(path, body), 400, "invalid")
    assert problem["errors"]
    assert all(set(error) == {"field", "message", "code"} for error in problem["errors"])
    assert not User.objects.exists()


@pytest.mark.parametrize("length", ["email", "password", "refresh"])
def test_what_is_too_long(api, length):
    path = "/api/users/token/refresh/" if length == "refresh" else "/api/users/token/"
    body = {"refresh": "x"} if length == "refresh" else {"email": "x", "password": "x"}
    problem = is_problem(api.post(path, body | {length: "x" * 1001}), 400, "invalid")
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [
        (length, "max_length")
    ]


@pytest.mark.parametrize("path", OPEN_PATHS)
def test_a_body_that_is_too_large(api, path):
    is_problem(
        api.post(path, b'{"email": "' + b"x" * 1024 * 1024 + b'"}'), 413, "payload_too_large"
    )


@pytest.mark.parametrize("path", OPEN_PATHS)
@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
    ],
)
def test_a_body_of_another_media_type(api, path, kind):
    is_problem(api.call("POST", path, b"x=1", Content_Type=kind), 415, "unsupported_media_type")


def test_methods_that_are_not_there(as_user, boss):
    me = as_user(boss)
    cases = [
        ("PUT", "/api/users/"),
        ("DELETE", USER_PATH),
        ("POST", "/api/users/me/"),
        ("GET", "/api/users/me/password/"),
        ("GET", "/api/users/token/"),
        ("DELETE", "/api/users/token/refresh/"),
        ("PATCH", "/api/users/token/revoke/"),
        ("GET", "/api/users/password-reset/"),
        ("PUT", "/api/users/password-reset/confirm/"),
        ("PUT", ADDRESS_PATH),
        ("DELETE", "/api/users/me/addresses/"),
        ("POST", "/.well-known/jwks.json"),
    ]
    for method, path in cases:
        answer = me.call(method, path)
        is_problem(answer, 405, "method_not_allowed")
        assert method not in answer["Allow"].split(", ")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/",
        "/api/user/",
        "/api/users/1/",
        "/api/users/me/x/",
        "/api/users/token/x/",
        "/api/users/me/addresses/1/",
        "/api/users/password-reset/x/",
        "/.well-known/",
        f"{USER_PATH}x/",
    ],
)
def test_there_is_nothing_at_other_addresses(api, path):
    is_problem(api.get(path), 404, "not_found")


@pytest.mark.parametrize(
    "query",
    [
        *("cursor=x", "cursor=cD14", "page_size=0", "page_size=101", "page_size=x", "search=%00"),
        *("role=owner", "is_active=maybe", "search=a&search=b", "search=a&cursor=x"),
    ],
)
def test_odd_queries(as_user, boss, query):
    is_problem(as_user(boss).get(f"/api/users/?{query}"), 400, "invalid")


@pytest.mark.parametrize("search", ["%ed%a0%80", "%ff", "%27%3B--", "%25", "%5C"])
def test_a_search_for_odd_characters_finds_nobody(as_user, boss, search):
    assert as_user(boss).get(f"/api/users/?search={search}").json()["results"] == []


def hers_first(hers):
    return hers.get("/api/users/me/addresses/").json()["results"][0]["id"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_every_method_works_with_the_slash_and_without(api, as_user, user, boss, slash):
    ada, me = user(), as_user(boss)
    hers = as_user(ada)
    pair = api.post(
        f"/api/users/token{slash}", {"email": "boss@example.com", "password": "lampshade and chair"}
    ).json()
    change = {"current_password": "lampshade and chair", "new_password": "wrong mule torch"}
    registration = {"email": "new@example.com", "password": "lampshade and chair"}
    answers = [
        api.post(f"/api/users{slash}", registration),
        me.get(f"/api/users{slash}"),
        me.get(f"/api/users/{ada.id}{slash}"),
        me.patch(f"/api/users/{ada.id}{slash}", {}),
        hers.get(f"/api/users/me{slash}"),
        hers.patch(f"/api/users/me{slash}", {}),
        hers.get(f"/api/users/me/addresses{slash}"),
        hers.post(
            f"/api/users/me/addresses{slash}",
            {"line1": "1 Example Street", "city": "Exampleton", "country": "US"},
        ),
        hers.patch(f"/api/users/me/addresses/{hers_first(hers)}{slash}", {}),
        hers.delete(f"/api/users/me/addresses/{hers_first(hers)}{slash}"),
        api.post(f"/api/users/password-reset{slash}", {"email": "nobody@example.com"}),
        hers.post(f"/api/users/me/password{slash}", change),
        hers.delete(f"/api/users/me{slash}", {"current_password": "wrong mule torch"}),
        api.post(f"/api/users/token/refresh{slash}", {"refresh": pair["refresh"]}),
        api.post(f"/api/users/token/revoke{slash}", {"refresh": pair["refresh"]}),
    ]
    assert [answer.status_code for answer in answers] == [
        *(201, 200, 200, 200, 200, 200, 200, 201, 200, 204, 202),
        *(204, 204, 200, 204),
    ]


def test_a_request_id_is_answered_and_a_bad_one_made_anew(api):
    assert (
        api.call("GET", "/api/users/me/", X_Request_ID="A-Z_a.z-09")["X-Request-ID"] == "A-Z_a.z-09"
    )
    for bad in ("", "a b", "x" * 129, "\u00e9"):
        assert len(api.call("GET", "/api/users/me/", X_Request_ID=bad)["X-Request-ID"]) == 32


def test_neither_password_nor_token_is_logged(ada, caplog):
    with caplog.at_level("DEBUG"):
        api = Api()
        pair = api.sign_in("ada@example.com", "a secret of mine")
        api.post("/api/users/token/refresh/", {"refresh": "another secret of mine"})
        api.post(
            "/api/users/password-reset/confirm/",
            {"token": "one more secret of mine", "password": "and a secret of mine"},
        )
    assert pair.status_code == 401
    assert "POST /api/users/token/ 401" in caplog.text
    assert "secret of mine" not in caplog.text

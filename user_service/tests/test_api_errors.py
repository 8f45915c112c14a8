"""Over HTTP: errors that all endpoints share."""

from uuid import uuid4

import pytest
from conftest import NEW_PASSWORD, PASSWORD, Api, assert_problem

from users.models import User

pytestmark = pytest.mark.django_db

USER_PATH = f"/api/users/{uuid4()}/"
ADDRESS_PATH = f"/api/users/me/addresses/{uuid4()}/"
PUBLIC_PATHS = [
    "/api/users/",
    "/api/users/session/",
    "/api/users/token/",
    "/api/users/token/refresh/",
    "/api/users/token/revoke/",
    "/api/users/password-reset/",
    "/api/users/password-reset/confirm/",
]
AUTHENTICATED = [
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


@pytest.mark.parametrize(("method", "path"), AUTHENTICATED)
def test_a_missing_token_is_401_with_a_hint(api, method, path):
    response = api.call(method, path)
    problem = assert_problem(response, 401, "not_authenticated")
    assert "POST /api/users/token/" in problem["detail"]
    assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Basic YTpi", "Bearer x", "Bearer a.b.c", "Bearer \u00e9", "x"]
)
def test_an_invalid_token_is_401(api, header):
    response = api.call("GET", "/api/users/me/", Authorization=header)
    assert_problem(response, 401, "invalid_token")
    assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", PUBLIC_PATHS)
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
def test_invalid_json_is_a_parse_error(api, path, body):
    assert_problem(api.post(path, body), 400, "parse_error")


@pytest.mark.parametrize("path", PUBLIC_PATHS)
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
def test_invalid_fields_are_named(api, path, body):
    problem = assert_problem(api.post(path, body), 400, "invalid")
    assert problem["errors"]
    assert all(set(error) == {"field", "message", "code"} for error in problem["errors"])
    assert not User.objects.exists()


@pytest.mark.parametrize("field", ["email", "password", "refresh"])
def test_a_value_that_is_too_long_is_invalid(api, field):
    path = "/api/users/token/refresh/" if field == "refresh" else "/api/users/token/"
    body = {"refresh": "x"} if field == "refresh" else {"email": "x", "password": "x"}
    problem = assert_problem(api.post(path, body | {field: "x" * 1001}), 400, "invalid")
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [
        (field, "max_length")
    ]


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_a_body_that_is_too_large_is_413(api, path):
    assert_problem(
        api.post(path, b'{"email": "' + b"x" * 1024 * 1024 + b'"}'), 413, "payload_too_large"
    )


@pytest.mark.parametrize("path", PUBLIC_PATHS)
@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
    ],
)
def test_another_media_type_is_415(api, path, kind):
    assert_problem(api.call("POST", path, b"x=1", Content_Type=kind), 415, "unsupported_media_type")


def test_an_unknown_method_is_405(as_user, boss):
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
        response = me.call(method, path)
        assert_problem(response, 405, "method_not_allowed")
        assert method not in response["Allow"].split(", ")


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
def test_an_unknown_path_is_404(api, path):
    assert_problem(api.get(path), 404, "not_found")


@pytest.mark.parametrize(
    "query",
    [
        *("cursor=x", "cursor=cD14", "page_size=0", "page_size=101", "page_size=x", "search=%00"),
        *("role=owner", "is_active=maybe", "search=a&search=b", "search=a&cursor=x"),
    ],
)
def test_an_invalid_query_is_400(as_user, boss, query):
    assert_problem(as_user(boss).get(f"/api/users/?{query}"), 400, "invalid")


@pytest.mark.parametrize("search", ["%ed%a0%80", "%ff", "%27%3B--", "%25", "%5C"])
def test_a_search_for_special_characters_finds_no_user(as_user, boss, search):
    assert as_user(boss).get(f"/api/users/?search={search}").json()["results"] == []


def first_address_of(client):
    return client.get("/api/users/me/addresses/").json()["results"][0]["id"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_every_path_works_with_and_without_trailing_slash(api, as_user, user, boss, slash):
    ada, me = user(), as_user(boss)
    customer = as_user(ada)
    pair = api.post(
        f"/api/users/token{slash}", {"email": "boss@example.com", "password": PASSWORD}
    ).json()
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    registration = {"email": "new@example.com", "password": PASSWORD}
    responses = [
        api.post(f"/api/users{slash}", registration),
        me.get(f"/api/users{slash}"),
        me.get(f"/api/users/{ada.id}{slash}"),
        me.patch(f"/api/users/{ada.id}{slash}", {}),
        customer.get(f"/api/users/me{slash}"),
        customer.patch(f"/api/users/me{slash}", {}),
        customer.get(f"/api/users/me/addresses{slash}"),
        customer.post(
            f"/api/users/me/addresses{slash}",
            {"line1": "1 Example Street", "city": "Exampleton", "country": "US"},
        ),
        customer.patch(f"/api/users/me/addresses/{first_address_of(customer)}{slash}", {}),
        customer.delete(f"/api/users/me/addresses/{first_address_of(customer)}{slash}"),
        api.post(f"/api/users/password-reset{slash}", {"email": "unknown@example.com"}),
        customer.post(f"/api/users/me/password{slash}", change),
        customer.delete(f"/api/users/me{slash}", {"current_password": NEW_PASSWORD}),
        api.post(f"/api/users/token/refresh{slash}", {"refresh": pair["refresh"]}),
        api.post(f"/api/users/token/revoke{slash}", {"refresh": pair["refresh"]}),
    ]
    assert [response.status_code for response in responses] == [
        *(201, 200, 200, 200, 200, 200, 200, 201, 200, 204, 202),
        *(204, 204, 200, 204),
    ]


def test_passwords_and_tokens_are_not_logged(ada, caplog):
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

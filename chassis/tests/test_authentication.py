import base64

import pytest

from chassis import tokens
from chassis.problems import ServiceUnavailable
from chassis.service_tokens import ServiceTokens
from chassis.tests import keys

BAD = [
    "Bearer",
    "Bearer ",
    "Bearer a.b.c",
    "Basic dXNlcjpwdw==",
    "Token x",
    "x",
    "Bearer \xe9",
    "Bearer a b",
]


def service_token(settings, audience="sample", key=None):
    key = key or settings.SERVICE_KEYS["order"]
    return f"Bearer {ServiceTokens(key, issuer='order', audience=audience, scope='samples:write').current()}"


def test_a_token_says_who_asks(client, bearer):
    answer = client.get(
        "/api/who/", headers=bearer("customer", sub="0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11")
    )
    assert answer.json() == {"id": "0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11", "role": "customer"}


def test_the_scheme_is_spelt_in_any_case(client):
    for scheme in ("bearer", "BEARER", "Bearer "):
        assert (
            client.get(
                "/api/who/", headers={"Authorization": f"{scheme} {keys.access_token()}"}
            ).status_code
            == 200
        )


def assert_says_where_to_get_a_token(answer):
    assert (answer.status_code, answer["WWW-Authenticate"], answer["Content-Type"]) == (
        401,
        "Bearer",
        "application/problem+json",
    )
    assert "POST /api/users/token/ of the user service" in answer.json()["detail"]


def test_no_token_is_401(client):
    for path in ("/api/who/", "/api/who/staff/"):
        answer = client.get(path)
        assert_says_where_to_get_a_token(answer)
        assert answer.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("header", BAD)
def test_a_bad_header_is_401(client, header):
    for path in ("/api/who/", "/api/who/staff/", "/api/who/either/"):
        answer = client.get(path, headers={"Authorization": header})
        assert_says_where_to_get_a_token(answer)
        assert answer.json()["code"] == "invalid_token"


def test_an_expired_token_is_401_and_says_so(client, bearer):
    answer = client.get("/api/who/", headers=bearer(exp=1))
    assert_says_where_to_get_a_token(answer)
    assert answer.json()["detail"].startswith("The access token has expired. Get ")


def test_the_wrong_role_is_403(client, bearer):
    for role in ("customer", "STAFF", "", "staff "):
        answer = client.get("/api/who/staff/", headers=bearer(role))
        assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (
            403,
            "permission_denied",
            "This is for staff.",
        )


def test_staff_may(client, bearer):
    assert client.get("/api/who/staff/", headers=bearer("staff")).status_code == 200


@pytest.mark.parametrize("header", [*BAD, None])
def test_where_anyone_may_read_a_bad_token_counts_as_none(client, header):
    headers = {"Authorization": header} if header else {}
    assert client.get("/api/who/optional/", headers=headers).json() == {"role": None}
    assert_says_where_to_get_a_token(client.post("/api/who/optional/", headers=headers))


def test_where_anyone_may_read_a_good_token_counts(client, bearer):
    assert client.get("/api/who/optional/", headers=bearer("staff")).json() == {"role": "staff"}
    assert client.post("/api/who/optional/", headers=bearer("customer")).status_code == 403
    assert client.post("/api/who/optional/", headers=bearer("staff")).status_code == 200


def test_without_keys_a_token_is_503_and_reading_goes_on(client, bearer, monkeypatch):
    class NoKeys:
        def get_key(self, key_id):
            raise ServiceUnavailable("token issuer")

    monkeypatch.setattr(tokens, "get_key_provider", lambda: NoKeys())
    answer = client.get("/api/who/", headers=bearer())
    assert (answer.status_code, answer.json()["service"], answer["Retry-After"]) == (
        503,
        "token issuer",
        "1",
    )
    assert client.get("/api/who/optional/", headers=bearer()).status_code == 200
    assert client.post("/api/who/optional/", headers=bearer()).status_code == 503


def test_a_service_may_show_its_own_token(client, settings):
    answer = client.get("/api/who/either/", headers={"Authorization": service_token(settings)})
    assert answer.json() == {"service": "order"}


def test_a_service_token_for_another_service_or_of_another_key_is_401(client, settings):
    for header in (
        service_token(settings, audience="other"),
        service_token(settings, key="x" * 32),
    ):
        assert_says_where_to_get_a_token(
            client.get("/api/who/either/", headers={"Authorization": header})
        )


def test_a_service_token_is_no_persons_token(client, settings):
    for path in ("/api/who/", "/api/who/staff/"):
        assert_says_where_to_get_a_token(
            client.get(path, headers={"Authorization": service_token(settings)})
        )


def test_a_person_may_knock_at_the_services_door_as_a_person(client, bearer):
    assert client.get("/api/who/either/", headers=bearer("staff")).json() == {"role": "staff"}


def test_a_header_of_a_token_nested_very_deep_is_401(client):
    head = base64.urlsafe_b64encode(b'{"alg":' + b"[" * 5000).decode().rstrip("=")
    for path in ("/api/who/", "/api/who/either/"):
        assert_says_where_to_get_a_token(
            client.get(path, headers={"Authorization": f"Bearer {head}.e30.e30"})
        )

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
    issued = ServiceTokens(key, issuer="order", audience=audience, scope="samples:write")
    return f"Bearer {issued.current()}"


def test_a_token_identifies_the_user(client, bearer):
    response = client.get(
        "/api/who/", headers=bearer("customer", sub="0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11")
    )
    assert response.json() == {"id": "0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11", "role": "customer"}


def test_the_scheme_is_case_insensitive(client):
    for scheme in ("bearer", "BEARER", "Bearer "):
        assert (
            client.get(
                "/api/who/", headers={"Authorization": f"{scheme} {keys.access_token()}"}
            ).status_code
            == 200
        )


def assert_401_with_token_hint(response):
    assert (response.status_code, response["WWW-Authenticate"], response["Content-Type"]) == (
        401,
        "Bearer",
        "application/problem+json",
    )
    assert "POST /api/users/token/ of the user service" in response.json()["detail"]


def test_no_token_is_401(client):
    for path in ("/api/who/", "/api/who/staff/"):
        response = client.get(path)
        assert_401_with_token_hint(response)
        assert response.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("header", BAD)
def test_a_bad_header_is_401(client, header):
    for path in ("/api/who/", "/api/who/staff/", "/api/who/either/"):
        response = client.get(path, headers={"Authorization": header})
        assert_401_with_token_hint(response)
        assert response.json()["code"] == "invalid_token"


def test_an_expired_token_is_401_with_its_own_detail(client, bearer):
    response = client.get("/api/who/", headers=bearer(exp=1))
    assert_401_with_token_hint(response)
    assert response.json()["detail"].startswith("The access token has expired. Get ")


def test_the_wrong_role_is_403(client, bearer):
    for role in ("customer", "STAFF", "", "staff "):
        response = client.get("/api/who/staff/", headers=bearer(role))
        assert (response.status_code, response.json()["code"], response.json()["detail"]) == (
            403,
            "permission_denied",
            "This is for staff.",
        )


def test_the_staff_role_is_allowed(client, bearer):
    assert client.get("/api/who/staff/", headers=bearer("staff")).status_code == 200


@pytest.mark.parametrize("header", [*BAD, None])
def test_an_invalid_token_is_ignored_for_public_reads(client, header):
    headers = {"Authorization": header} if header else {}
    assert client.get("/api/who/optional/", headers=headers).json() == {"role": None}
    assert_401_with_token_hint(client.post("/api/who/optional/", headers=headers))


def test_a_valid_token_counts_for_public_reads(client, bearer):
    assert client.get("/api/who/optional/", headers=bearer("staff")).json() == {"role": "staff"}
    assert client.post("/api/who/optional/", headers=bearer("customer")).status_code == 403
    assert client.post("/api/who/optional/", headers=bearer("staff")).status_code == 200


def test_without_keys_a_token_is_503_but_public_reads_work(client, bearer, monkeypatch):
    class NoKeys:
        def get_key(self, key_id):
            raise ServiceUnavailable("token issuer")

    monkeypatch.setattr(tokens, "get_key_provider", lambda: NoKeys())
    response = client.get("/api/who/", headers=bearer())
    assert (response.status_code, response.json()["service"], response["Retry-After"]) == (
        503,
        "token issuer",
        "1",
    )
    assert client.get("/api/who/optional/", headers=bearer()).status_code == 200
    assert client.post("/api/who/optional/", headers=bearer()).status_code == 503


def test_a_service_token_is_accepted(client, settings):
    response = client.get("/api/who/either/", headers={"Authorization": service_token(settings)})
    assert response.json() == {"service": "order"}


def test_a_service_token_for_another_service_or_of_another_key_is_401(client, settings):
    for header in (
        service_token(settings, audience="other"),
        service_token(settings, key="x" * 32),
    ):
        assert_401_with_token_hint(
            client.get("/api/who/either/", headers={"Authorization": header})
        )


def test_a_service_token_is_not_a_user_token(client, settings):
    for path in ("/api/who/", "/api/who/staff/"):
        assert_401_with_token_hint(
            client.get(path, headers={"Authorization": service_token(settings)})
        )


def test_a_view_for_services_accepts_a_user_token(client, bearer):
    assert client.get("/api/who/either/", headers=bearer("staff")).json() == {"role": "staff"}


def test_a_header_of_a_token_nested_very_deep_is_401(client):
    head = base64.urlsafe_b64encode(b'{"alg":' + b"[" * 5000).decode().rstrip("=")
    for path in ("/api/who/", "/api/who/either/"):
        assert_401_with_token_hint(
            client.get(path, headers={"Authorization": f"Bearer {head}.e30.e30"})
        )

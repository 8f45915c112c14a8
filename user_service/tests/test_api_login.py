"""Over HTTP: sign-in, its rate limits, refresh and revocation of tokens."""

import pytest
from conftest import CLIENT_IP, PASSWORD, Api, assert_problem

from users.models import RateLimit
from users.services import accounts, staff

pytestmark = pytest.mark.django_db
TRUSTED_PROXY_SECRET = "unit-tests-x-proxy-secret-0123456789abcdef"


@pytest.mark.parametrize("suffix", ["=", "==", "A", ".", "%3D"])
def test_a_refresh_token_with_a_suffix_is_unknown(api, ada, suffix):
    pair = api.sign_in(ada.email).json()
    response = api.post("/api/users/token/refresh/", {"refresh": pair["refresh"] + suffix})
    assert_problem(response, 401, "invalid_refresh_token")


def test_token_responses_are_not_cached(api, ada):
    good, bad = api.sign_in("ada@example.com"), api.sign_in("ada@example.com", "guess")
    renewed = api.post("/api/users/token/refresh/", {"refresh": good.json()["refresh"]})
    assert [response["Cache-Control"] for response in (good, bad, renewed)] == ["no-store"] * 3


def test_every_failed_login_has_the_same_response(api, ada, user):
    inactive, closed = user("inactive@example.com"), user("closed@example.com")
    staff.change(user_id=inactive.id, is_active=False)
    accounts.close_account(user_id=closed.id)
    tries = [
        ("ada@example.com", "guess"),
        ("unknown@example.com", PASSWORD),
        ("inactive@example.com", PASSWORD),
        ("closed@example.com", PASSWORD),
    ]
    responses = [api.sign_in(*each) for each in tries]
    bodies = [
        assert_problem(response, 401, "invalid_credentials") | {"request_id": ""}
        for response in responses
    ]
    assert all(body == bodies[0] for body in bodies)
    assert {response["WWW-Authenticate"] for response in responses} == {"Bearer"}


def test_failed_logins_are_throttled_by_client_address(api, ada):
    for _ in range(10):
        assert_problem(api.sign_in("ada@example.com", "guess"), 401, "invalid_credentials")
    response = api.sign_in("ada@example.com", "guess")
    assert_problem(response, 429, "too_many_sign_ins")
    assert 1 <= int(response["Retry-After"]) <= 900
    forged = api.call(
        "POST",
        "/api/users/token/",
        {"email": ada.email, "password": "guess"},
        X_Forwarded_For="203.0.113.7",
    )
    assert_problem(forged, 429, "too_many_sign_ins")
    assert_problem(
        Api(address="2001:db8::7").sign_in("ada@example.com", "guess"), 401, "invalid_credentials"
    )
    assert_problem(api.sign_in("ada@example.com"), 429, "too_many_sign_ins")
    assert Api(address="2001:db8::7").sign_in("ada@example.com").status_code == 200
    assert (
        api.sign_in("ada@example.com").status_code == 200
    )  # a success elsewhere has cleared the account's count


def counted_addresses() -> set[str]:
    """The addresses with failed logins."""
    return {row.key.split()[-1] for row in RateLimit.objects.all()}


def through_proxy(key, client="203.0.113.7"):
    headers = {"X_Proxy_Secret": key, "X_Forwarded_For": client}
    return Api().call(
        "POST", "/api/users/token/", {"email": "ada@example.com", "password": "guess"}, **headers
    )


def test_the_forwarded_address_of_the_proxy_is_used(api, ada, settings):
    settings.TRUSTED_PROXY_SECRET = TRUSTED_PROXY_SECRET
    for _ in range(10):
        assert_problem(through_proxy(TRUSTED_PROXY_SECRET), 401, "invalid_credentials")
    assert_problem(through_proxy(TRUSTED_PROXY_SECRET), 429, "too_many_sign_ins")
    assert_problem(
        through_proxy(TRUSTED_PROXY_SECRET, client="203.0.113.8"), 401, "invalid_credentials"
    )
    assert counted_addresses() == {"203.0.113.7", "203.0.113.8"}


@pytest.mark.parametrize("key", ["", "x", TRUSTED_PROXY_SECRET + "x", "\u00e9"])
def test_a_forwarded_address_without_the_proxy_secret_is_ignored(api, ada, settings, key):
    settings.TRUSTED_PROXY_SECRET = TRUSTED_PROXY_SECRET
    assert_problem(through_proxy(key), 401, "invalid_credentials")
    assert counted_addresses() == {CLIENT_IP}


def test_without_a_configured_secret_forwarded_addresses_are_ignored(api, ada, settings):
    settings.TRUSTED_PROXY_SECRET = ""
    assert_problem(through_proxy(""), 401, "invalid_credentials")
    assert counted_addresses() == {CLIENT_IP}


def test_reuse_of_a_refresh_token_ends_the_session(api, ada):
    first = api.sign_in("ada@example.com").json()
    second = api.post("/api/users/token/refresh/", {"refresh": first["refresh"]})
    assert second.status_code == 200
    assert set(second.json()) == set(first)
    response = api.post("/api/users/token/refresh/", {"refresh": first["refresh"]})
    assert_problem(response, 401, "invalid_refresh_token")
    assert response["WWW-Authenticate"] == "Bearer"
    assert_problem(
        api.post("/api/users/token/refresh/", {"refresh": second.json()["refresh"]}),
        401,
        "invalid_refresh_token",
    )


def test_revoke_is_always_204_and_ends_the_session(api, ada):
    pair = api.sign_in("ada@example.com").json()
    me = Api(pair["access"])
    assert me.get("/api/users/me/").status_code == 200
    for token in ("unknown", pair["refresh"], pair["refresh"]):
        response = api.post("/api/users/token/revoke/", {"refresh": token})
        assert (response.status_code, response.content) == (204, b"")
    assert_problem(
        api.post("/api/users/token/refresh/", {"refresh": pair["refresh"]}),
        401,
        "invalid_refresh_token",
    )
    assert_problem(me.get("/api/users/me/"), 401, "invalid_token")

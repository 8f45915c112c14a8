"""Over HTTP: who may do what, and what is answered."""

import re

import pytest
from conftest import CLIENT_IP, PASSWORD, Api, assert_problem
from django.core import mail

from users.models import RateLimit, User
from users.services import accounts, email_sender, staff

pytestmark = pytest.mark.django_db
REGISTRATION = {"email": "ada@example.com", "password": PASSWORD, "name": "Ada"}
NEW = "wrong mule torch"
TRUSTED_PROXY_SECRET = "unit-tests-x-proxy-secret-0123456789abcdef"


def test_register_sign_in_and_read_the_profile(api):
    response = api.post("/api/users/", REGISTRATION)
    made = User.objects.get()
    assert response.status_code == 201
    assert set(response.json()) == {"id", "email", "name", "role", "created_at"}
    assert response.json() | {"created_at": ""} == {
        "id": str(made.id),
        "email": "ada@example.com",
        "name": "Ada",
        "role": "customer",
        "created_at": "",
    }
    pair = api.sign_in("Ada@example.com")
    assert pair.status_code == 200
    assert (pair.json()["token_type"], pair.json()["expires_in"]) == ("Bearer", 900)
    assert set(pair.json()) == {"access", "refresh", "token_type", "expires_in"}
    assert Api(pair.json()["access"]).get("/api/users/me/").json() == response.json()


def test_a_name_may_be_left_out_and_nothing_is_trimmed(api):
    assert (
        api.post("/api/users/", {"email": "a@example.com", "password": f" {PASSWORD} "}).json()[
            "name"
        ]
        == ""
    )
    assert api.sign_in("a@example.com").status_code == 401
    assert api.sign_in("a@example.com", f" {PASSWORD} ").status_code == 200
    assert api.post("/api/users/", REGISTRATION | {"name": " Ada "}).json()["name"] == " Ada "


@pytest.mark.parametrize(
    "email", [" ada@example.com", "ada@example.com\n", "\tADA@example.com\u00a0"]
)
def test_an_email_is_trimmed(api, email):
    registered = api.post("/api/users/", REGISTRATION | {"email": email})
    assert (registered.status_code, registered.json()["email"]) == (201, email.strip())
    assert_problem(
        api.post("/api/users/", REGISTRATION | {"email": f" {email}"}), 409, "email_taken"
    )
    assert api.sign_in(f" {email} ").status_code == 200
    assert api.post("/api/users/password-reset/", {"email": email}).status_code == 202
    email_sender.send_due()
    assert [sent.to for sent in mail.outbox] == [[email.strip()]]


def test_tokens_are_trimmed(api, ada):
    pair = api.sign_in(ada.email).json()
    assert (
        api.post("/api/users/token/refresh/", {"refresh": f" {pair['refresh']}\n"}).status_code
        == 200
    )
    api.post("/api/users/password-reset/", {"email": ada.email})
    email_sender.send_due()
    token = re.search(r"#token=(\S+)", mail.outbox[0].body)[1]
    assert (
        api.post(
            "/api/users/password-reset/confirm/", {"token": f"{token} ", "password": NEW}
        ).status_code
        == 204
    )


@pytest.mark.parametrize("suffix", ["=", "==", "A", ".", "%3D"])
def test_a_refresh_token_with_anything_added_is_unknown(api, ada, suffix):
    pair = api.sign_in(ada.email).json()
    response = api.post("/api/users/token/refresh/", {"refresh": pair["refresh"] + suffix})
    assert_problem(response, 401, "invalid_refresh_token")


def test_an_email_that_is_taken(api, ada):
    assert_problem(
        api.post("/api/users/", REGISTRATION | {"email": "ADA@EXAMPLE.COM"}), 409, "email_taken"
    )
    assert User.objects.count() == 1


def test_whoever_registers_may_hold_any_token(api):
    assert Api("nonsense").post("/api/users/", REGISTRATION).status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "ada"}, "email"),
        ({"email": "ada @example.com"}, "email"),
        ({"email": "\u200bada@example.com"}, "email"),
        ({"email": ""}, "email"),
        ({"email": None}, "email"),
        ({"email": 1}, "email"),
        ({"email": f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example"}, "email"),
        ({"email": "ad\u0131@example.com"}, "email"),
        ({"email": "\u212ate@example.com"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"password": "ada@example.com"}, "password"),
        ({"password": 123456789}, "password"),
        ({"name": "x" * 151}, "name"),
        ({"name": None}, "name"),
        *(
            ({"name": f"A{character}da"}, "name")
            for character in "\u200b\u202e\u2066\n\x1b\u00ad\ufeff\u3164"
        ),
        ({"role": "staff"}, "role"),
        ({"is_active": True}, "is_active"),
    ],
)
def test_a_registration_that_is_not_valid_names_the_field(api, change, field):
    problem = assert_problem(api.post("/api/users/", REGISTRATION | change), 400, "invalid")
    assert {error["field"] for error in problem["errors"]} == {field}
    assert not User.objects.exists()


@pytest.mark.parametrize("left_out", ["email", "password"])
def test_email_and_password_are_needed(api, left_out):
    body = {name: value for name, value in REGISTRATION.items() if name != left_out}
    problem = assert_problem(api.post("/api/users/", body), 400, "invalid")
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [
        (left_out, "required")
    ]


def test_token_answers_are_not_kept_by_caches(api, ada):
    good, bad = api.sign_in("ada@example.com"), api.sign_in("ada@example.com", "guess")
    renewed = api.post("/api/users/token/refresh/", {"refresh": good.json()["refresh"]})
    assert [response["Cache-Control"] for response in (good, bad, renewed)] == ["no-store"] * 3


def test_a_failure_says_the_same_for_everybody(api, ada, user):
    gone, closed = user("gone@example.com"), user("closed@example.com")
    staff.change(user_id=gone.id, is_active=False)
    accounts.close_account(user_id=closed.id)
    tries = [
        ("ada@example.com", "guess"),
        ("unknown@example.com", PASSWORD),
        ("gone@example.com", PASSWORD),
        ("closed@example.com", PASSWORD),
    ]
    responses = [api.sign_in(*each) for each in tries]
    bodies = [
        assert_problem(response, 401, "invalid_credentials") | {"request_id": ""}
        for response in responses
    ]
    assert all(body == bodies[0] for body in bodies)
    assert {response["WWW-Authenticate"] for response in responses} == {"Bearer"}


def test_guessing_is_throttled_by_the_clients_address(api, ada):
    for _ in range(10):
        assert_problem(api.sign_in("ada@example.com", "guess"), 401, "invalid_credentials")
    response = api.sign_in("ada@example.com", "guess")
    assert_problem(response, 429, "too_many_sign_ins")
    assert 1 <= int(response["Retry-After"]) <= 900
    invented = api.call(
        "POST",
        "/api/users/token/",
        {"email": ada.email, "password": "guess"},
        X_Forwarded_For="203.0.113.7",
    )
    assert_problem(invented, 429, "too_many_sign_ins")
    assert_problem(
        Api(address="2001:db8::7").sign_in("ada@example.com", "guess"), 401, "invalid_credentials"
    )
    assert_problem(api.sign_in("ada@example.com"), 429, "too_many_sign_ins")
    assert Api(address="2001:db8::7").sign_in("ada@example.com").status_code == 200
    assert (
        api.sign_in("ada@example.com").status_code == 200
    )  # a success elsewhere has cleared the account's count


def networks() -> set[str]:
    """The addresses that failures were counted for."""
    return {row.key.split()[-1] for row in RateLimit.objects.all()}


def behind_the_gateway(key, client="203.0.113.7"):
    headers = {"X_Proxy_Secret": key, "X_Forwarded_For": client}
    return Api().call(
        "POST", "/api/users/token/", {"email": "ada@example.com", "password": "guess"}, **headers
    )


def test_clients_behind_the_gateway_are_told_apart_by_its_word(api, ada, settings):
    settings.TRUSTED_PROXY_SECRET = TRUSTED_PROXY_SECRET
    for _ in range(10):
        assert_problem(behind_the_gateway(TRUSTED_PROXY_SECRET), 401, "invalid_credentials")
    assert_problem(behind_the_gateway(TRUSTED_PROXY_SECRET), 429, "too_many_sign_ins")
    assert_problem(
        behind_the_gateway(TRUSTED_PROXY_SECRET, client="203.0.113.8"), 401, "invalid_credentials"
    )
    assert networks() == {"203.0.113.7", "203.0.113.8"}


@pytest.mark.parametrize("key", ["", "x", TRUSTED_PROXY_SECRET + "x", "\u00e9"])
def test_who_has_not_the_gateways_key_is_where_he_is(api, ada, settings, key):
    settings.TRUSTED_PROXY_SECRET = TRUSTED_PROXY_SECRET
    assert_problem(behind_the_gateway(key), 401, "invalid_credentials")
    assert networks() == {CLIENT_IP}


def test_without_a_key_of_the_gateway_no_forwarded_address_is_believed(api, ada, settings):
    settings.TRUSTED_PROXY_SECRET = ""
    assert_problem(behind_the_gateway(""), 401, "invalid_credentials")
    assert networks() == {CLIENT_IP}


def test_an_ipv6_network_is_one_client(api, ada):
    for number in range(10):
        assert_problem(
            Api(address=f"2001:db8::{number:x}:1").sign_in("ada@example.com", "guess"),
            401,
            "invalid_credentials",
        )
    assert_problem(
        Api(address="2001:db8::ffff").sign_in("ada@example.com", "guess"), 429, "too_many_sign_ins"
    )
    assert_problem(
        Api(address="2001:db8:0:1::1").sign_in("ada@example.com", "guess"),
        401,
        "invalid_credentials",
    )


def test_reset_a_password(api, ada):
    responses = [
        api.post("/api/users/password-reset/", {"email": email})
        for email in (ada.email, "unknown@example.com")
    ]
    assert [(response.status_code, response.json()) for response in responses] == [
        (202, responses[0].json())
    ] * 2
    assert set(responses[0].json()) == {"detail"}
    email_sender.send_due()
    (sent,) = mail.outbox
    token = re.search(r"#token=(\S+)", sent.body)[1]
    confirmation = {"token": token, "password": NEW}
    assert_problem(
        api.post("/api/users/password-reset/confirm/", confirmation | {"password": "password"}),
        400,
        "invalid",
    )
    response = api.post("/api/users/password-reset/confirm/", confirmation)
    assert (response.status_code, response.content, response["Cache-Control"]) == (
        204,
        b"",
        "no-store",
    )
    assert_problem(
        api.post("/api/users/password-reset/confirm/", confirmation), 400, "invalid_reset_token"
    )
    assert api.sign_in(ada.email, NEW).status_code == 200


def test_too_many_resets_are_answered_like_the_first(api, ada):
    responses = [api.post("/api/users/password-reset/", {"email": ada.email}) for _ in range(6)]
    assert [(response.status_code, response.content) for response in responses] == [
        (202, responses[0].content)
    ] * 6
    email_sender.send_due()
    assert len(mail.outbox) == 5


@pytest.mark.parametrize(
    "email", ["ada", "", None, 1, "ad\u0131@example.com", f"{'a' * 250}@example.com"]
)
def test_a_reset_of_what_is_no_email(api, email):
    problem = assert_problem(
        api.post("/api/users/password-reset/", {"email": email}), 400, "invalid"
    )
    assert {error["field"] for error in problem["errors"]} == {"email"}


def test_refresh_and_reuse(api, ada):
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


def test_revoke_is_always_204_and_ends_the_login(api, ada):
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

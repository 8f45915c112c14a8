"""Over HTTP: registration."""

import pytest
from conftest import PASSWORD, Api, assert_problem
from django.core import mail

from users.models import User
from users.services import email_sender

pytestmark = pytest.mark.django_db
REGISTRATION = {"email": "ada@example.com", "password": PASSWORD, "name": "Ada"}


def test_register_sign_in_and_read_the_profile(api):
    response = api.post("/api/users/", REGISTRATION)
    user = User.objects.get()
    assert response.status_code == 201
    assert set(response.json()) == {"id", "email", "name", "role", "created_at"}
    assert response.json() | {"created_at": ""} == {
        "id": str(user.id),
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


def test_the_name_is_optional_and_name_and_password_are_not_trimmed(api):
    body = {"email": "a@example.com", "password": f" {PASSWORD} "}
    assert api.post("/api/users/", body).json()["name"] == ""
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


def test_a_taken_email_is_a_conflict(api, ada):
    assert_problem(
        api.post("/api/users/", REGISTRATION | {"email": "ADA@EXAMPLE.COM"}), 409, "email_taken"
    )
    assert User.objects.count() == 1


def test_registration_ignores_tokens(api):
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
def test_an_invalid_registration_names_the_field(api, change, field):
    problem = assert_problem(api.post("/api/users/", REGISTRATION | change), 400, "invalid")
    assert {error["field"] for error in problem["errors"]} == {field}
    assert not User.objects.exists()


@pytest.mark.parametrize("missing", ["email", "password"])
def test_a_missing_field_is_named(api, missing):
    body = {name: value for name, value in REGISTRATION.items() if name != missing}
    problem = assert_problem(api.post("/api/users/", body), 400, "invalid")
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [
        (missing, "required")
    ]

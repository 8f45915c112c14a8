"""Over HTTP: the account of the signed-in user."""

from uuid import uuid4

import pytest
from conftest import NEW_PASSWORD, PASSWORD, assert_problem

from users.models import User

pytestmark = pytest.mark.django_db
REGISTRATION = {"email": "ada@example.com", "password": PASSWORD, "name": "Ada"}


def test_a_new_name_needs_no_password_and_a_new_email_does(as_user, ada):
    me = as_user(ada)
    assert me.patch("/api/users/me/", {"name": ""}).json()["name"] == ""
    problem = assert_problem(
        me.patch("/api/users/me/", {"email": "eve@example.com"}), 400, "invalid"
    )
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [
        ("current_password", "required")
    ]
    response = me.patch(
        "/api/users/me/", {"email": "eve@example.com", "current_password": PASSWORD}
    )
    assert (response.status_code, response.json()["email"]) == (200, "eve@example.com")
    assert me.patch("/api/users/me/", {}).json() == response.json()


@pytest.mark.parametrize(
    "body",
    [
        {"role": "staff"},
        {"is_active": False},
        {"id": str(uuid4())},
        {"password": NEW_PASSWORD},
        {"name": None},
        [],
        "x",
    ],
)
def test_other_fields_of_the_profile_cannot_be_changed(as_user, ada, body):
    assert_problem(as_user(ada).patch("/api/users/me/", body), 400, "invalid")
    assert User.objects.values("role", "is_active", "password").get() == {
        "role": "customer",
        "is_active": True,
        "password": ada.password,
    }


def test_an_email_of_another_user_is_taken(as_user, ada, boss):
    body = {"email": "BOSS@example.com", "current_password": PASSWORD}
    assert_problem(as_user(ada).patch("/api/users/me/", body), 409, "email_taken")


def test_changing_the_password_ends_other_sessions(api, as_user, ada):
    here, there = as_user(ada), as_user(ada)
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    response = here.post("/api/users/me/password/", body)
    assert (response.status_code, response.content) == (204, b"")
    assert here.get("/api/users/me/").status_code == 200
    assert_problem(there.get("/api/users/me/"), 401, "invalid_token")
    assert_problem(api.sign_in(ada.email), 401, "invalid_credentials")
    assert api.sign_in(ada.email, NEW_PASSWORD).status_code == 200


def test_a_wrong_current_password_is_rejected(as_user, ada):
    body = {"current_password": "guess", "new_password": NEW_PASSWORD}
    problem = assert_problem(as_user(ada).post("/api/users/me/password/", body), 400, "invalid")
    assert [error["field"] for error in problem["errors"]] == ["current_password"]
    assert User.objects.get().password == ada.password


CONFIRMATION = {"current_password": PASSWORD}


def test_closing_the_account(api, as_user, ada):
    me = as_user(ada)
    assert me.delete("/api/users/me/", CONFIRMATION).status_code == 204
    assert_problem(me.get("/api/users/me/"), 401, "invalid_token")
    assert_problem(me.delete("/api/users/me/", CONFIRMATION), 401, "invalid_token")
    assert_problem(api.sign_in("ada@example.com"), 401, "invalid_credentials")
    assert api.post("/api/users/", REGISTRATION).status_code == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (None, "required"),
        ({}, "required"),
        ({"current_password": ""}, "blank"),
        ({"current_password": "guess"}, "wrong"),
        ({"current_password": 1}, "type"),
    ],
)
def test_closing_the_account_requires_the_password(as_user, ada, body, code):
    problem = assert_problem(as_user(ada).delete("/api/users/me/", body), 400, "invalid")
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [
        ("current_password", code)
    ]
    assert User.objects.get().email == ada.email


def test_wrong_passwords_when_closing_the_account_are_throttled(as_user, ada):
    me = as_user(ada)
    for _ in range(10):
        assert_problem(me.delete("/api/users/me/", {"current_password": "guess"}), 400, "invalid")
    assert_problem(me.delete("/api/users/me/", CONFIRMATION), 429, "too_many_sign_ins")
    assert User.objects.get().email == ada.email

"""Over HTTP: password resets."""

import re

import pytest
from conftest import NEW_PASSWORD, assert_problem
from django.core import mail

from users.services import email_sender

pytestmark = pytest.mark.django_db


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
            "/api/users/password-reset/confirm/", {"token": f"{token} ", "password": NEW_PASSWORD}
        ).status_code
        == 204
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
    confirmation = {"token": token, "password": NEW_PASSWORD}
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
    assert api.sign_in(ada.email, NEW_PASSWORD).status_code == 200


def test_requests_over_the_limit_get_the_same_response(api, ada):
    responses = [api.post("/api/users/password-reset/", {"email": ada.email}) for _ in range(6)]
    assert [(response.status_code, response.content) for response in responses] == [
        (202, responses[0].content)
    ] * 6
    email_sender.send_due()
    assert len(mail.outbox) == 5


@pytest.mark.parametrize(
    "email", ["ada", "", None, 1, "ad\u0131@example.com", f"{'a' * 250}@example.com"]
)
def test_an_invalid_email_is_rejected(api, email):
    problem = assert_problem(
        api.post("/api/users/password-reset/", {"email": email}), 400, "invalid"
    )
    assert {error["field"] for error in problem["errors"]} == {"email"}

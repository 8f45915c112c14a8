"""Password reset. A local run writes the mail to the user service's log."""

import re
from uuid import uuid4

from integration_tests.concurrency import wait_until
from integration_tests.shop import PASSWORD, Shop, User, problem
from local_stack import Stack

NEW = "wrong mule torch"
END_OF_MAIL = "-" * 79


def mails_to(stack: Stack, email: str) -> list[str]:
    """The complete mails in the log."""
    # Log lines of other processes may interrupt a mail.
    lines = stack.data.log("user").read_text().splitlines(keepends=True)
    log = "".join(line for line in lines if not line.startswith('{"time"'))
    return [
        mail
        for mail in log.split("Subject: ")[1:]
        if f"To: {email}\n" in mail and END_OF_MAIL in mail
    ]


def send(shop: Shop, email: str) -> None:
    response = shop.post("/api/users/password-reset/", json={"email": email})
    assert (response.status_code, set(response.json())) == (202, {"detail"})


def test_the_link_in_the_mail_resets_the_password(stack: Stack, shop: Shop) -> None:
    forgetful = shop.register()

    send(shop, forgetful.email)
    [mail] = wait_until(lambda: mails_to(stack, forgetful.email))

    link = re.search(rf"http://localhost:{stack.ports['gateway']}/reset#token=(\S+)", mail)
    assert link, mail
    confirmation = {"token": link[1], "password": NEW}
    assert shop.post("/api/users/password-reset/confirm/", json=confirmation).status_code == 204
    assert problem(shop.post("/api/users/password-reset/confirm/", json=confirmation)) == (
        400,
        "invalid_reset_token",
    )
    assert problem(shop.get("/api/users/me/", forgetful)) == (401, "invalid_token")
    assert (
        problem(
            shop.post("/api/users/token/", json={"email": forgetful.email, "password": PASSWORD})
        )[0]
        == 401
    )
    assert shop.sign_in(forgetful.email, NEW).id == forgetful.id
    wait_until(
        lambda: any("password of your account" in mail for mail in mails_to(stack, forgetful.email))
    )


def test_a_mail_requested_before_a_restart_is_sent_after_it(stack: Stack, shop: Shop) -> None:
    forgetful = shop.register()
    with stack.database_session("user") as session, session.cursor() as cursor:
        cursor.execute(
            "INSERT INTO outgoing_mail (kind, email, due_at)"
            " VALUES ('reset', %s, now() + interval '1 day')",
            [forgetful.email],
        )
        stack.stop("user")
        cursor.execute(
            "UPDATE outgoing_mail SET due_at = now() WHERE email = %s", [forgetful.email]
        )
        session.commit()
    stack.start("user")
    stack.wait_ready("user")

    assert len(wait_until(lambda: mails_to(stack, forgetful.email))) == 1


def test_the_response_does_not_reveal_whether_an_account_exists(
    stack: Stack, shop: Shop, buyer: User
) -> None:
    send(shop, buyer.email)
    unknown = f"{uuid4()}@example.com"
    send(shop, unknown)
    wait_until(lambda: mails_to(stack, buyer.email))

    assert not mails_to(stack, unknown)

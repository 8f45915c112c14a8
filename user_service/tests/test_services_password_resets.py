"""Password resets."""

import hashlib
import re
from datetime import timedelta

import pytest
from conftest import CLIENT_IP, NEW_PASSWORD, PASSWORD
from django.contrib.auth.hashers import check_password
from django.core import mail
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from users.errors import InvalidCredentials, InvalidResetToken, WeakPassword
from users.models import OutgoingMail, RateLimit, ResetToken, Session, User
from users.services import accounts, email_sender, password_resets, sessions, staff
from users.services.rate_limit import account_key

pytestmark = pytest.mark.django_db


def request(email="ada@example.com", address=CLIENT_IP):
    password_resets.request(email=email, address=address)


def deliver() -> list[str]:
    """Sends the queued mails; returns their reset tokens."""
    while email_sender.deliver_next():
        pass
    sent, mail.outbox = mail.outbox, []
    return [found[1] for each in sent if (found := re.search(r"#token=(\S+)", each.body))]


@pytest.fixture
def token(ada) -> str:
    request()
    return deliver()[0]


def confirm(token, password=NEW_PASSWORD):
    password_resets.confirm(token=token, password=password)


def assert_rejected(token):
    with pytest.raises(InvalidResetToken):
        confirm(token)


def test_a_request_sends_one_mail_to_the_address_of_the_account(user, settings):
    settings.SHOP_URL, settings.DEFAULT_FROM_EMAIL = "https://shop.example.com", "shop@example.com"
    user("Ada@example.com")
    request("ADA@EXAMPLE.COM")
    assert not mail.outbox
    assert email_sender.deliver_next()
    assert not email_sender.deliver_next()
    (sent,) = mail.outbox
    assert (sent.to, sent.from_email, sent.subject) == (
        ["Ada@example.com"],
        "shop@example.com",
        "Set a new password",
    )
    (token,) = re.findall(r"https://shop\.example\.com/reset#token=(\S+)\n", sent.body)
    assert len(token) == 43  # 256 bits
    assert sent.body.count(token) == 2
    assert "one hour" in sent.body


def test_only_the_hash_of_the_token_is_stored(ada, token):
    stored = ResetToken.objects.get()
    assert (stored.user, stored.hash) == (ada, hashlib.sha256(token.encode()).hexdigest())
    assert not OutgoingMail.objects.exists()


def unknown_user(user):
    return "unknown@example.com"


def active_user(user):
    return user().email


def closed(user):
    user("boss@example.com", role="staff")
    account = user()
    accounts.close_account(user_id=account.id)
    return "ada@example.com"


def deactivated(user):
    account = user()
    staff.change(user_id=account.id, is_active=False)
    return "ada@example.com"


@pytest.mark.parametrize("case", [unknown_user, active_user, closed, deactivated])
def test_a_request_runs_the_same_queries_for_every_address(user, case):
    email = case(user)
    with CaptureQueriesContext(connection) as queries:
        request(email)
    statements = [query["sql"] for query in queries]
    hit = ["INSERT", "WITH"]  # the first hit of a window also purges expired ones
    expected = ["SAVEPOINT", *hit, *hit, "INSERT", "RELEASE"]
    assert [sql.split()[0] for sql in statements] == expected
    assert not [sql for sql in statements if 'FROM "account"' in sql or 'JOIN "account"' in sql]
    assert OutgoingMail.objects.get().email == email


@pytest.mark.parametrize("case", [unknown_user, closed, deactivated])
def test_without_an_active_account_there_is_no_mail(user, case):
    request(case(user))
    assert deliver() == []
    assert not ResetToken.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_the_token_sets_the_password_and_ends_every_session(ada, sign_in, token):
    sign_in(ada), sign_in(ada)
    for _ in range(3):
        with pytest.raises(InvalidCredentials):
            sessions.sign_in(email=ada.email, password="guess", address=CLIENT_IP)
    confirm(token)
    assert not Session.objects.filter(ended_at=None).exists()
    assert not RateLimit.objects.filter(key__contains=account_key(ada.email)).exists()
    assert list(OutgoingMail.objects.values_list("kind", "email")) == [
        ("password_changed", ada.email)
    ]
    assert check_password(NEW_PASSWORD, User.objects.get().password)
    with pytest.raises(InvalidCredentials):
        sign_in(ada)
    sign_in(ada, NEW_PASSWORD)


def test_a_token_is_valid_once(ada, token):
    confirm(token)
    assert_rejected(token)
    assert check_password(NEW_PASSWORD, User.objects.get().password)


def test_a_token_is_valid_for_one_hour(ada, token):
    assert ResetToken.objects.filter(
        expires_at__gt=Now() + timedelta(minutes=59), expires_at__lte=Now() + timedelta(hours=1)
    ).exists()
    ResetToken.objects.update(expires_at=Now() - timedelta(seconds=1))
    assert_rejected(token)
    assert User.objects.get().password == ada.password


def test_a_newer_mail_invalidates_the_older_one(ada, token):
    request()
    (newer,) = deliver()
    assert_rejected(token)
    confirm(newer)


@pytest.mark.parametrize("wrong", ["", "x", "é", "a" * 500])
def test_an_unknown_token_is_rejected(ada, token, wrong):
    assert_rejected(wrong)
    confirm(token)


@pytest.mark.parametrize("weak", ["short", "password", "9182736450912", "ada@example.com"])
def test_a_weak_password_is_rejected_and_leaves_the_token_unused(ada, token, weak):
    with pytest.raises(WeakPassword) as error:
        confirm(token, weak)
    assert {error["field"] for error in error.value.extra["errors"]} == {"password"}
    assert User.objects.get().password == ada.password
    confirm(token)


@pytest.mark.parametrize(
    "change",
    [
        lambda user: accounts.change_profile(
            user=user, address=CLIENT_IP, email="eve@example.com", current_password=PASSWORD
        ),
        lambda user: accounts.change_password(
            user=user,
            session_id=Session.objects.create(user=user).pk,
            current_password=PASSWORD,
            new_password=NEW_PASSWORD,
            address=CLIENT_IP,
        ),
        lambda user: staff.change(user_id=user.id, is_active=False),
        lambda user: accounts.close_account(user_id=user.id),
    ],
    ids=["email changed", "password changed", "deactivated", "closed"],
)
def test_changes_of_the_account_invalidate_the_token(ada, boss, token, change):
    change(ada)
    assert not ResetToken.objects.exists()
    assert_rejected(token)


def test_a_new_name_leaves_the_token_valid(ada, token):
    accounts.change_profile(user=ada, address=CLIENT_IP, name="Countess")
    confirm(token)


def test_a_token_of_a_deactivated_account_is_rejected(ada, token):
    User.objects.update(is_active=False)
    assert_rejected(token)
    assert ResetToken.objects.exists()


def test_an_account_gets_five_mails_per_hour_from_all_addresses(ada):
    for number in range(7):
        request(address=f"192.0.2.{number}")
    tokens = deliver()
    assert len(tokens) == 5
    confirm(tokens[-1])
    request()
    assert len(deliver()) == 1


def test_an_unknown_account_has_the_same_limit():
    for _ in range(7):
        request("unknown@example.com")
    assert OutgoingMail.objects.count() == 5


@pytest.mark.parametrize("same_network", [CLIENT_IP, "2001:db8::{:x}"])
def test_a_client_has_thirty_requests_per_hour(same_network):
    for number in range(35):
        request(f"user{number}@example.com", address=same_network.format(number + 1))
    assert OutgoingMail.objects.count() == 30
    request("ada@example.com", address="192.0.2.2")
    assert OutgoingMail.objects.count() == 31


def test_the_limit_is_reset_after_one_hour(ada):
    for _ in range(6):
        request()
    RateLimit.objects.update(resets_at=Now())
    request()
    assert len(deliver()) == 6


def test_expired_tokens_are_purged(ada, user, token):
    ResetToken.objects.update(expires_at=Now() - timedelta(seconds=1))
    request("unknown@example.com")
    deliver()
    assert not ResetToken.objects.exists()

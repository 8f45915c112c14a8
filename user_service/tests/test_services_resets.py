"""Setting a new password with a mail."""

import hashlib
import re
from datetime import timedelta

import pytest
from conftest import HERE, PASSWORD
from django.contrib.auth.hashers import check_password
from django.core import mail
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from users.errors import InvalidCredentials, InvalidResetToken, WeakPassword
from users.models import FailedSignIn, Login, ResetRequest, ResetToken, User
from users.services import accounts, reset_mails, resets, sessions, staff

pytestmark = pytest.mark.django_db
NEW = "wrong mule torch"


def ask(email="ada@example.com", address=HERE):
    resets.request(email=email, address=address)


def deliver() -> list[str]:
    """The tokens of the mails that were sent."""
    while reset_mails.deliver_one():
        pass
    sent, mail.outbox = mail.outbox, []
    return [re.search(r"#token=(\S+)", each.body)[1] for each in sent]


@pytest.fixture
def token(ada) -> str:
    ask()
    return deliver()[0]


def confirm(token, password=NEW):
    resets.confirm(token=token, password=password)


def refused(token):
    with pytest.raises(InvalidResetToken):
        confirm(token)


def test_a_request_is_one_mail_to_the_address_of_the_account(user, settings):
    settings.SHOP_URL, settings.DEFAULT_FROM_EMAIL = "https://shop.example.com", "shop@example.com"
    user("Ada@example.com")
    ask("ADA@EXAMPLE.COM")
    assert not mail.outbox
    assert reset_mails.deliver_one()
    assert not reset_mails.deliver_one()
    (sent,) = mail.outbox
    assert (sent.to, sent.from_email, sent.subject) == (["Ada@example.com"], "shop@example.com", "Set a new password")
    (token,) = re.findall(r"https://shop\.example\.com/reset#token=(\S+)\n", sent.body)
    assert len(token) == 43  # 256 bits
    assert sent.body.count(token) == 2
    assert "one hour" in sent.body


def test_only_the_hash_of_the_token_is_kept_and_no_address_of_the_request(ada, token):
    kept = ResetToken.objects.get()
    assert (kept.user, kept.hash) == (ada, hashlib.sha256(token.encode()).hexdigest())
    asked = ResetRequest.objects.get()
    assert (asked.email, asked.due_at) == ("", None)


def nobody(user):
    return "nobody@example.com"


def somebody(user):
    return user().email


def closed(user):
    user("boss@example.com", role="staff")
    gone = user()
    accounts.close(user_id=gone.id)
    return "ada@example.com"


def deactivated(user):
    gone = user()
    staff.change(user_id=gone.id, is_active=False)
    return "ada@example.com"


@pytest.mark.parametrize("case", [nobody, somebody, closed, deactivated])
def test_a_request_costs_the_same_for_everybody_and_does_not_look_at_accounts(user, case):
    email = case(user)
    with CaptureQueriesContext(connection) as queries:
        ask(email)
    statements = [query["sql"] for query in queries]
    expected = ["SAVEPOINT", "SELECT", "SELECT", "SELECT", "SELECT", "INSERT", "SELECT", "SELECT", "RELEASE"]
    assert [sql.split()[0] for sql in statements] == expected
    assert not [sql for sql in statements if 'FROM "account"' in sql or 'JOIN "account"' in sql]
    assert ResetRequest.objects.get().email == email


@pytest.mark.parametrize("case", [nobody, closed, deactivated])
def test_without_an_active_account_there_is_no_mail(user, case):
    ask(case(user))
    assert deliver() == []
    assert not ResetToken.objects.exists()
    assert ResetRequest.objects.get().due_at is None


def test_the_token_sets_the_password_and_ends_every_login(ada, sign_in, token):
    sign_in(ada), sign_in(ada)
    for _ in range(3):
        with pytest.raises(InvalidCredentials):
            sessions.sign_in(email=ada.email, password="guess", address=HERE)
    confirm(token)
    assert not Login.objects.filter(ended_at=None).exists()
    assert not FailedSignIn.objects.exists()
    assert not ResetRequest.objects.exists()
    assert check_password(NEW, User.objects.get().password)
    with pytest.raises(InvalidCredentials):
        sign_in(ada)
    sign_in(ada, NEW)


def test_a_token_is_good_once(ada, token):
    confirm(token)
    refused(token)
    assert check_password(NEW, User.objects.get().password)


def test_a_token_is_good_for_an_hour(ada, token):
    assert ResetToken.objects.filter(
        expires_at__gt=Now() + timedelta(minutes=59), expires_at__lte=Now() + timedelta(hours=1)
    ).exists()
    ResetToken.objects.update(expires_at=Now() - timedelta(seconds=1))
    refused(token)
    assert User.objects.get().password == ada.password


def test_a_newer_mail_makes_the_older_one_void(ada, token):
    ask()
    (newer,) = deliver()
    refused(token)
    confirm(newer)


@pytest.mark.parametrize("wrong", ["", "x", "é", "a" * 500])
def test_an_unknown_token_is_refused(ada, token, wrong):
    refused(wrong)
    confirm(token)


@pytest.mark.parametrize("weak", ["short", "password", "9182736450912", "ada@example.com"])
def test_a_weak_password_is_refused_and_leaves_the_token_unspent(ada, token, weak):
    with pytest.raises(WeakPassword) as refusal:
        confirm(token, weak)
    assert {error["field"] for error in refusal.value.extra["errors"]} == {"password"}
    assert User.objects.get().password == ada.password
    confirm(token)


@pytest.mark.parametrize(
    "change",
    [
        lambda user: accounts.change_profile(user=user, address=HERE, email="eve@example.com", current_password=PASSWORD),
        lambda user: staff.change(user_id=user.id, is_active=False),
        lambda user: accounts.close(user_id=user.id),
    ],
)
def test_a_token_is_void_once_the_account_is_another(ada, boss, token, change):
    change(ada)
    assert not ResetToken.objects.exists()
    refused(token)


def test_a_new_password_makes_the_mail_void(ada, sign_in, token):
    login = Login.objects.create(user=ada).pk
    accounts.change_password(user=ada, login_id=login, current_password=PASSWORD, new_password=NEW, address=HERE)
    refused(token)


def test_another_name_leaves_the_mail_good(ada, token):
    accounts.change_profile(user=ada, address=HERE, name="Countess")
    confirm(token)


def test_a_token_of_a_deactivated_account_is_refused(ada, token):
    User.objects.update(is_active=False)
    refused(token)
    assert ResetToken.objects.exists()


def test_an_account_gets_three_mails_an_hour_whoever_asks(ada):
    for number in range(5):
        ask(address=f"192.0.2.{number}")
    tokens = deliver()
    assert len(tokens) == 3
    confirm(tokens[-1])  # so there is always a mail that works
    ask()
    assert len(deliver()) == 1


def test_an_unknown_account_is_limited_alike():
    for _ in range(5):
        ask("nobody@example.com")
    assert ResetRequest.objects.count() == 3


def test_a_client_asks_fifty_times_an_hour():
    for number in range(50):
        ResetRequest.objects.create(account=str(number), address=HERE, email="x@example.com")
    ask("ada@example.com")
    assert ResetRequest.objects.count() == 50
    ask("ada@example.com", address="192.0.2.2")
    assert ResetRequest.objects.count() == 51


def test_clients_of_one_ipv6_network_are_one():
    for number in range(50):
        ResetRequest.objects.create(account=str(number), address="2001:db8::/64", email="x@example.com")
    ask(address="2001:db8::1:2:3:4")
    assert ResetRequest.objects.count() == 50


def test_an_hour_later_one_may_ask_again(ada):
    for _ in range(4):
        ask()
    deliver()
    ResetRequest.objects.update(created_at=Now() - timedelta(minutes=61))
    ask()
    assert len(deliver()) == 1
    assert ResetRequest.objects.count() == 1  # the old ones are swept


def test_old_tokens_are_swept(ada, user, token):
    ResetToken.objects.update(expires_at=Now() - timedelta(seconds=1))
    ask("nobody@example.com")
    assert not ResetToken.objects.exists()


def test_a_closed_account_leaves_nothing_of_its_resets(ada, boss, token):
    ask()
    ask("bob@example.com")
    accounts.close(user_id=ada.id)
    assert list(ResetRequest.objects.values_list("email", flat=True)) == ["bob@example.com"]
    assert not ResetToken.objects.exists()

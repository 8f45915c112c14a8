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
from users.models import Login, OutgoingMail, RateLimit, ResetToken, User
from users.services import accounts, outgoing_mail, resets, sessions, staff
from users.services.rate_limit import account

pytestmark = pytest.mark.django_db
NEW = "wrong mule torch"


def ask(email="ada@example.com", address=HERE):
    resets.request(email=email, address=address)


def deliver() -> list[str]:
    """The tokens of the mails that were sent."""
    while outgoing_mail.deliver_one():
        pass
    sent, mail.outbox = mail.outbox, []
    return [found[1] for each in sent if (found := re.search(r"#token=(\S+)", each.body))]


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
    assert outgoing_mail.deliver_one()
    assert not outgoing_mail.deliver_one()
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


def test_only_the_hash_of_the_token_is_kept_and_no_address_of_the_request(ada, token):
    kept = ResetToken.objects.get()
    assert (kept.user, kept.hash) == (ada, hashlib.sha256(token.encode()).hexdigest())
    assert not OutgoingMail.objects.exists()


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
    hit = ["INSERT", "WITH"]  # into rate_limit; the first hit of a window purges old ones
    expected = ["SAVEPOINT", *hit, *hit, "INSERT", "RELEASE"]
    assert [sql.split()[0] for sql in statements] == expected
    assert not [sql for sql in statements if 'FROM "account"' in sql or 'JOIN "account"' in sql]
    assert OutgoingMail.objects.get().email == email


@pytest.mark.parametrize("case", [nobody, closed, deactivated])
def test_without_an_active_account_there_is_no_mail(user, case):
    ask(case(user))
    assert deliver() == []
    assert not ResetToken.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_the_token_sets_the_password_and_ends_every_login(ada, sign_in, token):
    sign_in(ada), sign_in(ada)
    for _ in range(3):
        with pytest.raises(InvalidCredentials):
            sessions.sign_in(email=ada.email, password="guess", address=HERE)
    confirm(token)
    assert not Login.objects.filter(ended_at=None).exists()
    assert not RateLimit.objects.filter(key__contains=account(ada.email)).exists()
    assert list(OutgoingMail.objects.values_list("kind", "email")) == [
        ("password_changed", ada.email)
    ]
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
        lambda user: accounts.change_profile(
            user=user, address=HERE, email="eve@example.com", current_password=PASSWORD
        ),
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
    accounts.change_password(
        user=ada, login_id=login, current_password=PASSWORD, new_password=NEW, address=HERE
    )
    refused(token)


def test_another_name_leaves_the_mail_good(ada, token):
    accounts.change_profile(user=ada, address=HERE, name="Countess")
    confirm(token)


def test_a_token_of_a_deactivated_account_is_refused(ada, token):
    User.objects.update(is_active=False)
    refused(token)
    assert ResetToken.objects.exists()


def test_an_account_gets_five_mails_an_hour_from_all_addresses_together(ada):
    for number in range(7):
        ask(address=f"192.0.2.{number}")
    tokens = deliver()
    assert len(tokens) == 5
    confirm(tokens[-1])  # so there is always a mail that works
    ask()
    assert len(deliver()) == 1


def test_an_unknown_account_is_limited_alike():
    for _ in range(7):
        ask("nobody@example.com")
    assert OutgoingMail.objects.count() == 5


@pytest.mark.parametrize("same_network", [HERE, "2001:db8::{:x}"])
def test_a_client_asks_thirty_times_an_hour(same_network):
    for number in range(35):
        ask(f"user{number}@example.com", address=same_network.format(number + 1))
    assert OutgoingMail.objects.count() == 30
    ask("ada@example.com", address="192.0.2.2")
    assert OutgoingMail.objects.count() == 31


def test_an_hour_later_one_may_ask_again(ada):
    for _ in range(6):
        ask()
    RateLimit.objects.update(resets_at=Now())
    ask()
    assert len(deliver()) == 6


def test_old_tokens_are_swept(ada, user, token):
    ResetToken.objects.update(expires_at=Now() - timedelta(seconds=1))
    ask("nobody@example.com")
    deliver()
    assert not ResetToken.objects.exists()


def test_a_closed_account_leaves_nothing_of_its_resets(ada, boss, token):
    ask()
    ask("bob@example.com")
    accounts.close(user_id=ada.id)
    assert list(OutgoingMail.objects.values_list("email", flat=True)) == ["bob@example.com"]
    assert not ResetToken.objects.exists()

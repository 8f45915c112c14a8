"""Concurrent operations, on separate connections."""

import re
from collections import Counter
from functools import partial

import pytest
from conftest import CLIENT_IP, NEW_PASSWORD, PASSWORD, session_id_of
from django.core import mail

from chassis.tests.concurrency import run_concurrently
from users.errors import (
    AddressBookFull,
    EmailTaken,
    InvalidCredentials,
    InvalidRefreshToken,
    InvalidResetToken,
    LastStaff,
    LoginThrottled,
    WrongPassword,
)
from users.models import Address, OutgoingMail, RateLimit, RefreshToken, ResetToken, Session, User
from users.services import (
    accounts,
    addresses,
    email_sender,
    password_resets,
    sessions,
    signing_keys,
    staff,
)
from users.services.sessions import TokenPair

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = "2020-01-01T00:00Z"
HOME = {"line1": "1 Example Street", "city": "Exampleton", "country": "US"}


def kinds(outcomes) -> Counter:
    return Counter(type(outcome) for outcome in outcomes)


@pytest.mark.parametrize("count", [2, 8])
def test_concurrent_use_of_a_refresh_token_succeeds_once_and_ends_the_session(ada, sign_in, count):
    pair = sign_in(ada)
    outcomes = run_concurrently(*[partial(sessions.refresh, refresh=pair.refresh)] * count)
    assert kinds(outcomes) == {TokenPair: 1, InvalidRefreshToken: count - 1}
    assert Session.objects.get().ended_at is not None
    assert RefreshToken.objects.count() == 2
    winner = next(each for each in outcomes if isinstance(each, TokenPair))
    with pytest.raises(InvalidRefreshToken):
        sessions.refresh(refresh=winner.refresh)


def test_one_email_is_registered_once(signing_key):
    functions = [
        partial(accounts.register, email=email, password=PASSWORD)
        for email in ("ada@example.com", "ADA@example.com")
    ]
    assert kinds(run_concurrently(*functions * 4)) == {User: 1, EmailTaken: 7}
    assert User.objects.count() == 1


def test_two_staff_accounts_cannot_both_leave(boss, user):
    for round_ in range(5):
        second = user(f"second{round_}@example.com", role="staff")
        leave = [partial(staff.change, user_id=each.id, role="customer") for each in (boss, second)]
        assert kinds(run_concurrently(*leave)) == {User: 1, LastStaff: 1}
        assert User.objects.active_staff().count() == 1
        staff.change(user_id=boss.id, role="staff")
        staff.change(user_id=second.id, role="customer")


def test_of_two_staff_accounts_one_is_closed_or_the_other_deactivated(boss, user):
    second = user("second@example.com", role="staff")
    functions = [
        partial(accounts.close_account, user_id=boss.id),
        partial(staff.change, user_id=second.id, is_active=False),
    ]
    assert sum(isinstance(each, LastStaff) for each in run_concurrently(*functions)) == 1
    assert User.objects.active_staff().count() == 1


def test_concurrent_failed_logins_are_counted_exactly(ada, signing_key):
    attempt = partial(sessions.sign_in, email=ada.email, password="guess", address=CLIENT_IP)
    assert kinds(run_concurrently(*[attempt] * 50)) == {InvalidCredentials: 10, LoginThrottled: 40}
    assert {row.hits for row in RateLimit.objects.all()} == {10}


def test_of_two_password_changes_one_fails(ada, sign_in):
    here = session_id_of(sign_in(ada))
    new = (NEW_PASSWORD, "right horse lamp")
    change = partial(
        accounts.change_password,
        user=ada,
        session_id=here,
        current_password=PASSWORD,
        address=CLIENT_IP,
    )
    outcomes = run_concurrently(*[partial(change, new_password=each) for each in new])
    assert kinds(outcomes) == {type(None): 1, WrongPassword: 1}
    sign_in(ada, new[outcomes.index(None)])


def test_a_password_change_ends_concurrent_sign_ins(ada, sign_in):
    here = session_id_of(sign_in(ada))
    old = partial(sessions.sign_in, email=ada.email, password=PASSWORD, address=CLIENT_IP)
    change = {
        "session_id": here,
        "current_password": PASSWORD,
        "new_password": NEW_PASSWORD,
        "address": CLIENT_IP,
    }
    outcomes = run_concurrently(
        *[old, old, partial(accounts.change_password, user=ada, **change), old]
    )
    assert outcomes[2] is None
    assert kinds(outcomes[:2] + outcomes[3:]) <= Counter({TokenPair: 3, InvalidCredentials: 3})
    assert list(Session.objects.filter(ended_at=None).values_list("id", flat=True)) == [here]


def test_an_account_closed_while_its_name_changes_has_no_personal_data(user, boss):
    for round_ in range(5):
        leaving = user(f"{round_}@example.com")
        run_concurrently(
            *[
                partial(accounts.close_account, user_id=leaving.id),
                partial(accounts.change_profile, user=leaving, address=CLIENT_IP, name="New"),
            ]
        )
        closed = User.objects.get(pk=leaving.id)
        assert (closed.email, closed.name, closed.is_active) == (None, "", False)


def test_concurrent_rotations_leave_working_keys(signing_key, ada, sign_in):
    outcomes = run_concurrently(*[signing_keys.rotate] * 2)
    assert not [each for each in outcomes if isinstance(each, Exception)]
    sign_in(ada)


def defaults(user) -> int:
    return Address.objects.filter(user=user, is_default=True).count()


def test_of_two_first_addresses_one_is_the_default(ada):
    assert kinds(run_concurrently(*[partial(addresses.add, user_id=ada.id, **HOME)] * 6)) == {
        Address: 6
    }
    assert defaults(ada) == 1


def test_concurrent_new_defaults_leave_one(ada):
    rows = [addresses.add(user_id=ada.id, **HOME) for _ in range(4)]
    for _ in range(3):
        functions = [
            partial(addresses.change, user_id=ada.id, address_id=each.id, is_default=True)
            for each in rows
        ]
        assert kinds(
            run_concurrently(
                *[*functions, partial(addresses.add, user_id=ada.id, is_default=True, **HOME)]
            )
        ) == {Address: 5}
        assert defaults(ada) == 1


def test_a_default_remains_while_addresses_are_added_and_removed(ada):
    for _ in range(3):
        rows = [addresses.add(user_id=ada.id, **HOME) for _ in range(3)]
        functions = [partial(addresses.remove, user_id=ada.id, address_id=each.id) for each in rows]
        outcomes = run_concurrently(*[*functions, partial(addresses.add, user_id=ada.id, **HOME)])
        assert not [each for each in outcomes if isinstance(each, Exception)]
        assert defaults(ada) == 1


def test_an_address_book_has_at_most_fifty_addresses(ada):
    Address.objects.bulk_create(Address(user=ada, **HOME) for _ in range(48))
    assert kinds(run_concurrently(*[partial(addresses.add, user_id=ada.id, **HOME)] * 6)) == {
        Address: 2,
        AddressBookFull: 4,
    }
    assert Address.objects.count() == 50


def test_a_closed_account_gets_no_address(boss, user):
    for round_ in range(5):
        leaving = user(f"{round_}@example.com")
        run_concurrently(
            *[
                partial(accounts.close_account, user_id=leaving.id),
                partial(addresses.add, user_id=leaving.id, **HOME),
            ]
        )
        assert not Address.objects.filter(user=leaving).exists()


def reset_token(user) -> str:
    password_resets.request(email=user.email, address=CLIENT_IP)
    while email_sender.deliver_next():
        pass
    return re.findall(r"#token=(\S+)", " ".join(sent.body for sent in mail.outbox))[-1]


def test_a_reset_token_is_used_once(ada, signing_key):
    new = [NEW_PASSWORD, "right horse lamp", "third sheep cart"]
    token = reset_token(ada)
    outcomes = run_concurrently(
        *[partial(password_resets.confirm, token=token, password=each) for each in new]
    )
    assert kinds(outcomes) == {type(None): 1, InvalidResetToken: 2}
    sessions.sign_in(email=ada.email, password=new[outcomes.index(None)], address=CLIENT_IP)


def test_a_password_reset_ends_concurrent_sign_ins(ada, signing_key):
    old = partial(sessions.sign_in, email=ada.email, password=PASSWORD, address=CLIENT_IP)
    outcomes = run_concurrently(
        *[
            old,
            partial(password_resets.confirm, token=reset_token(ada), password=NEW_PASSWORD),
            old,
            old,
        ]
    )
    assert outcomes[1] is None
    assert not Session.objects.filter(ended_at=None).exists()


def test_an_account_closed_during_a_reset_stays_closed(boss, user):
    for round_ in range(5):
        leaving = user(f"{round_}@example.com")
        token = reset_token(leaving)
        password_resets.request(email=leaving.email, address=CLIENT_IP)
        functions = [
            partial(accounts.close_account, user_id=leaving.id),
            partial(password_resets.confirm, token=token, password=NEW_PASSWORD),
        ]
        outcomes = run_concurrently(*[*functions, email_sender.deliver_next])
        assert not [
            each
            for each in outcomes
            if isinstance(each, Exception) and not isinstance(each, InvalidResetToken)
        ]
        closed = User.objects.get(pk=leaving.id)
        assert (closed.email, closed.password, closed.is_active) == (None, "", False)
        assert not ResetToken.objects.filter(user=leaving).exists()


def test_concurrent_reset_requests_are_counted_exactly(ada):
    functions = [
        partial(password_resets.request, email=ada.email, address=f"192.0.2.{number % 3}")
        for number in range(9)
    ]
    assert kinds(run_concurrently(*functions)) == {type(None): 9}
    assert OutgoingMail.objects.count() == 5


def test_concurrent_purges_skip_locked_rows(ada, sign_in):
    log_in = partial(sessions.sign_in, email=ada.email, password=PASSWORD, address=CLIENT_IP)
    session = Session.objects.create(user=ada)
    RefreshToken.objects.bulk_create(
        RefreshToken(
            hash=str(n),
            session=session,
            expires_at="2020-01-01T00:00Z",
            used_at="2020-01-01T00:00Z",
        )
        for n in range(30)
    )
    assert kinds(run_concurrently(*[log_in] * 6)) == {TokenPair: 6}
    assert not RefreshToken.objects.filter(session=session).exists()

"""What two do at the same moment, on connections of their own."""

import re
from collections import Counter
from functools import partial

import pytest
from conftest import HERE, PASSWORD, Api, at_once, login_of
from django.core import mail

from users.errors import (
    AddressBookFull,
    EmailTaken,
    InvalidCredentials,
    InvalidRefreshToken,
    InvalidResetToken,
    LastStaff,
    TooManySignIns,
    WrongPassword,
)
from users.models import Address, Login, OutgoingMail, RateLimit, RefreshToken, ResetToken, User
from users.services import accounts, addresses, outgoing_mail, resets, sessions, signing_keys, staff
from users.services.sessions import TokenPair

pytestmark = pytest.mark.django_db(transaction=True)
HOME = {"line1": "1 Example Street", "city": "Exampleton", "country": "US"}


def kinds(outcomes) -> Counter:
    return Counter(type(outcome) for outcome in outcomes)


@pytest.mark.parametrize("tries", [2, 8])
def test_one_refresh_token_buys_one_pair_and_the_login_ends(ada, sign_in, tries):
    pair = sign_in(ada)
    outcomes = at_once([partial(sessions.refresh, refresh=pair.refresh)] * tries)
    assert kinds(outcomes) == {TokenPair: 1, InvalidRefreshToken: tries - 1}
    assert Login.objects.get().ended_at is not None
    assert RefreshToken.objects.count() == 2
    winner = next(each for each in outcomes if isinstance(each, TokenPair))
    with pytest.raises(InvalidRefreshToken):
        sessions.refresh(refresh=winner.refresh)


def test_one_refresh_token_over_http(ada, sign_in):
    pair = sign_in(ada)
    answers = at_once(
        [lambda: Api().post("/api/users/token/refresh", {"refresh": pair.refresh}).status_code] * 6
    )
    assert sorted(answers) == [200, 401, 401, 401, 401, 401]


def test_one_email_is_registered_once(signing_key):
    works = [
        partial(accounts.register, email=email, password=PASSWORD)
        for email in ("ada@example.com", "ADA@example.com")
    ]
    assert kinds(at_once(works * 4)) == {User: 1, EmailTaken: 7}
    assert User.objects.count() == 1


def test_two_of_staff_cannot_both_leave(boss, user):
    for round_ in range(5):
        second = user(f"second{round_}@example.com", role="staff")
        leave = [partial(staff.change, user_id=each.id, role="customer") for each in (boss, second)]
        assert kinds(at_once(leave)) == {User: 1, LastStaff: 1}
        assert User.objects.active_staff().count() == 1
        staff.change(user_id=boss.id, role="staff")
        staff.change(user_id=second.id, role="customer")


def test_of_two_of_staff_one_can_close_while_the_other_is_deactivated(boss, user):
    second = user("second@example.com", role="staff")
    works = [
        partial(accounts.close, user_id=boss.id),
        partial(staff.change, user_id=second.id, is_active=False),
    ]
    assert sum(isinstance(each, LastStaff) for each in at_once(works)) == 1
    assert User.objects.active_staff().count() == 1


def test_failures_at_once_are_counted_exactly(ada, signing_key):
    attempt = partial(sessions.sign_in, email=ada.email, password="guess", address=HERE)
    assert kinds(at_once([attempt] * 50)) == {InvalidCredentials: 10, TooManySignIns: 40}
    assert {row.hits for row in RateLimit.objects.all()} == {10}


def test_of_two_new_passwords_one_comes_too_late(ada, sign_in):
    here = login_of(sign_in(ada))
    new = ("wrong mule torch", "right horse lamp")
    change = partial(
        accounts.change_password, user=ada, login_id=here, current_password=PASSWORD, address=HERE
    )
    outcomes = at_once([partial(change, new_password=each) for each in new])
    assert kinds(outcomes) == {type(None): 1, WrongPassword: 1}
    sign_in(ada, new[outcomes.index(None)])


def test_nobody_who_signs_in_with_the_old_password_stays_when_it_changes(ada, sign_in):
    here = login_of(sign_in(ada))
    old = partial(sessions.sign_in, email=ada.email, password=PASSWORD, address=HERE)
    change = {
        "login_id": here,
        "current_password": PASSWORD,
        "new_password": "wrong mule torch",
        "address": HERE,
    }
    outcomes = at_once([old, old, partial(accounts.change_password, user=ada, **change), old])
    assert outcomes[2] is None
    assert kinds(outcomes[:2] + outcomes[3:]) <= Counter({TokenPair: 3, InvalidCredentials: 3})
    assert list(Login.objects.filter(ended_at=None).values_list("id", flat=True)) == [here]


def test_an_account_closed_while_its_name_changes_stays_empty(user, boss):
    for round_ in range(5):
        leaving = user(f"{round_}@example.com")
        at_once(
            [
                partial(accounts.close, user_id=leaving.id),
                partial(accounts.change_profile, user=leaving, address=HERE, name="New"),
            ]
        )
        closed = User.objects.get(pk=leaving.id)
        assert (closed.email, closed.name, closed.is_active) == (None, "", False)


def test_replicas_that_rotate_at_once_leave_keys_that_work(signing_key, ada, sign_in):
    outcomes = at_once([signing_keys.rotate] * 2)
    assert not [each for each in outcomes if isinstance(each, Exception)]
    sign_in(ada)


def defaults(user) -> int:
    return Address.objects.filter(user=user, is_default=True).count()


def test_of_two_first_addresses_one_is_the_default(ada):
    assert kinds(at_once([partial(addresses.add, user_id=ada.id, **HOME)] * 6)) == {Address: 6}
    assert defaults(ada) == 1


def test_two_new_defaults_at_once_leave_one(ada):
    made = [addresses.add(user_id=ada.id, **HOME) for _ in range(4)]
    for _ in range(3):
        works = [
            partial(addresses.change, user_id=ada.id, address_id=each.id, is_default=True)
            for each in made
        ]
        assert kinds(
            at_once([*works, partial(addresses.add, user_id=ada.id, is_default=True, **HOME)])
        ) == {Address: 5}
        assert defaults(ada) == 1


def test_a_book_that_empties_while_it_fills_keeps_a_default(ada):
    for _ in range(3):
        made = [addresses.add(user_id=ada.id, **HOME) for _ in range(3)]
        works = [partial(addresses.remove, user_id=ada.id, address_id=each.id) for each in made]
        outcomes = at_once([*works, partial(addresses.add, user_id=ada.id, **HOME)])
        assert not [each for each in outcomes if isinstance(each, Exception)]
        assert defaults(ada) == 1


def test_a_book_does_not_overflow(ada):
    Address.objects.bulk_create(Address(user=ada, **HOME) for _ in range(48))
    assert kinds(at_once([partial(addresses.add, user_id=ada.id, **HOME)] * 6)) == {
        Address: 2,
        AddressBookFull: 4,
    }
    assert Address.objects.count() == 50


def test_an_account_that_closes_keeps_no_address(boss, user):
    for round_ in range(5):
        leaving = user(f"{round_}@example.com")
        at_once(
            [
                partial(accounts.close, user_id=leaving.id),
                partial(addresses.add, user_id=leaving.id, **HOME),
            ]
        )
        assert not Address.objects.filter(user=leaving).exists()


def reset_token(user) -> str:
    resets.request(email=user.email, address=HERE)
    while outgoing_mail.deliver_one():
        pass
    return re.findall(r"#token=(\S+)", " ".join(sent.body for sent in mail.outbox))[-1]


def test_a_reset_token_is_spent_once(ada, signing_key):
    new = ["wrong mule torch", "right horse lamp", "third sheep cart"]
    token = reset_token(ada)
    outcomes = at_once([partial(resets.confirm, token=token, password=each) for each in new])
    assert kinds(outcomes) == {type(None): 1, InvalidResetToken: 2}
    sessions.sign_in(email=ada.email, password=new[outcomes.index(None)], address=HERE)


def test_nobody_who_signs_in_with_the_old_password_stays_after_a_reset(ada, signing_key):
    old = partial(sessions.sign_in, email=ada.email, password=PASSWORD, address=HERE)
    outcomes = at_once(
        [
            old,
            partial(resets.confirm, token=reset_token(ada), password="wrong mule torch"),
            old,
            old,
        ]
    )
    assert outcomes[1] is None
    assert not Login.objects.filter(ended_at=None).exists()


def test_an_account_that_closes_beside_its_reset_stays_closed(boss, user):
    for round_ in range(5):
        leaving = user(f"{round_}@example.com")
        token = reset_token(leaving)
        resets.request(email=leaving.email, address=HERE)
        works = [
            partial(accounts.close, user_id=leaving.id),
            partial(resets.confirm, token=token, password="wrong mule torch"),
        ]
        outcomes = at_once([*works, outgoing_mail.deliver_one])
        assert not [
            each
            for each in outcomes
            if isinstance(each, Exception) and not isinstance(each, InvalidResetToken)
        ]
        closed = User.objects.get(pk=leaving.id)
        assert (closed.email, closed.password, closed.is_active) == (None, "", False)
        assert not ResetToken.objects.filter(user=leaving).exists()


def test_requests_at_once_are_counted_exactly(ada):
    works = [
        partial(resets.request, email=ada.email, address=f"192.0.2.{number % 3}")
        for number in range(9)
    ]
    assert kinds(at_once(works)) == {type(None): 9}
    assert OutgoingMail.objects.count() == 5


def test_sweeps_at_once_do_not_meet(ada, sign_in):
    works = [partial(sessions.sign_in, email=ada.email, password=PASSWORD, address=HERE)] * 6
    login = Login.objects.create(user=ada)
    RefreshToken.objects.bulk_create(
        RefreshToken(
            hash=str(n), login=login, expires_at="2020-01-01T00:00Z", spent_at="2020-01-01T00:00Z"
        )
        for n in range(30)
    )
    assert kinds(at_once(works)) == {TokenPair: 6}
    assert not RefreshToken.objects.filter(login=login).exists()

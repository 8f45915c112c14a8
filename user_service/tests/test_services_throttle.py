"""Guessing is slowed down, and nobody is locked out."""

from datetime import timedelta

import pytest
from conftest import HERE, PASSWORD, PLANS, login_of, without
from django.db.models.functions import Now

from users.errors import InvalidCredentials, TooManySignIns, WrongPassword
from users.models import FailedSignIn
from users.services import accounts, sessions

pytestmark = pytest.mark.django_db


def attempt(email="ada@example.com", password="guess", address=HERE):  # noqa: S107
    return sessions.sign_in(email=email, password=password, address=address)


def fail(times, **attempted):
    for _ in range(times):
        with pytest.raises(InvalidCredentials):
            attempt(**attempted)


def throttled(**attempted) -> int:
    """Seconds to wait."""
    with pytest.raises(TooManySignIns) as refusal:
        attempt(**attempted)
    return int(refusal.value.headers["Retry-After"])


def age(failures, **by):
    failures.update(created_at=Now() - timedelta(**by))


def fail_for_many(count, address=HERE):
    FailedSignIn.objects.bulk_create(FailedSignIn(account=f"somebody {n}", address=address) for n in range(count))


def test_the_eleventh_failure_for_an_account_from_an_address_has_to_wait(ada, signing_key):
    fail(10)
    assert 895 <= throttled() <= 900
    assert FailedSignIn.objects.count() == 10


def test_an_account_that_is_not_there_is_throttled_alike(signing_key):
    fail(10, email="nobody@example.com")
    assert 895 <= throttled(email="NOBODY@example.com") <= 900


def test_the_right_password_is_good_at_any_time_and_clears_the_count(ada, signing_key):
    fail(10)
    throttled()
    attempt(password=PASSWORD)
    assert not FailedSignIn.objects.exists()
    fail(10)
    throttled()


def test_a_success_clears_the_count_of_no_other_account(ada, user, signing_key):
    user("bob@example.com")
    fail(10)
    attempt(email="bob@example.com", password=PASSWORD)
    throttled()


def test_other_addresses_and_other_accounts_are_not_throttled(ada, signing_key):
    fail(10)
    throttled()
    fail(1, address="192.0.2.2")
    fail(1, email="bob@example.com")


def test_after_a_hundred_failures_an_address_has_to_wait_for_every_account(ada, signing_key):
    fail_for_many(99)
    fail(1)
    assert 895 <= throttled(email="bob@example.com") <= 900
    fail(1, address="192.0.2.2")
    attempt(password=PASSWORD)
    assert FailedSignIn.objects.filter(address=HERE).count() == 99


def test_waiting_helps_and_retry_after_says_how_long(ada, signing_key):
    fail(10)
    age(FailedSignIn.objects.all(), minutes=14)
    assert 55 <= throttled() <= 60
    age(FailedSignIn.objects.all(), minutes=15)
    fail(1)


def test_a_refused_try_does_not_make_the_wait_longer(ada, signing_key):
    fail(10)
    age(FailedSignIn.objects.all(), minutes=10)
    first = throttled()
    for _ in range(3):
        throttled()
    assert throttled() <= first


def test_the_wait_is_for_the_tenth_last_failure_not_the_oldest(ada, signing_key):
    fail(5)
    age(FailedSignIn.objects.all(), minutes=14)
    fail(5)
    assert 55 <= throttled() <= 60


@pytest.mark.parametrize("plan", PLANS, ids=len)
def test_old_failures_are_swept_as_new_ones_come(ada, signing_key, plan):
    without(plan)
    fail_for_many(25, address="192.0.2.9")
    age(FailedSignIn.objects.all(), minutes=16)
    counts = []
    for _ in range(4):
        fail(1)
        counts.append(FailedSignIn.objects.filter(address="192.0.2.9").count())
    assert counts == [15, 5, 0, 0]


def test_neither_address_nor_password_is_kept(ada, signing_key):
    fail(1)
    kept = FailedSignIn.objects.get()
    assert len(kept.account) == 64
    assert "ada" not in kept.account


def test_the_password_cannot_be_guessed_by_changing_it_either(ada, sign_in):
    here = login_of(sign_in(ada))

    def change(current):
        accounts.change_password(user=ada, login_id=here, current_password=current, new_password="wrong mule torch", address=HERE)

    for _ in range(10):
        with pytest.raises(WrongPassword):
            change("guess")
    with pytest.raises(TooManySignIns):
        change("guess")
    throttled()
    change(PASSWORD)
    assert not FailedSignIn.objects.exists()

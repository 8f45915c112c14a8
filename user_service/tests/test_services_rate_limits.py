"""Rate limits: login attempts, registrations, refreshes."""

from datetime import timedelta
from functools import partial

import pytest
from conftest import HERE, PASSWORD, login_of
from django.db import connection
from django.db.models.functions import Now

from users import hashers
from users.errors import (
    Busy,
    InvalidCredentials,
    InvalidRefreshToken,
    RateLimited,
    TooManySignIns,
    WrongPassword,
)
from users.models import RateLimit, RefreshToken, User
from users.services import accounts, passwords, sessions
from users.services.rate_limit import Limit

pytestmark = pytest.mark.django_db
OTHER = "192.0.2.2"


def attempt(email="ada@example.com", password="guess", address=HERE):  # noqa: S107
    return sessions.sign_in(email=email, password=password, address=address)


def fail(times, **attempted):
    for _ in range(times):
        with pytest.raises(InvalidCredentials):
            attempt(**attempted)


def throttled(**attempted) -> int:
    """Seconds to wait."""
    with pytest.raises(TooManySignIns) as error:
        attempt(**attempted)
    return int(error.value.headers["Retry-After"])


def rewind(**by):
    for row in RateLimit.objects.all():
        RateLimit.objects.filter(pk=row.pk).update(resets_at=row.resets_at - timedelta(**by))


def fail_for_many(count, address=HERE):
    for number in range(count // 10):
        fail(10, email=f"user{number}@example.com", address=address)


def counts() -> dict[str, int]:
    return {row.key.split()[0]: row.hits for row in RateLimit.objects.all()}


@pytest.fixture
def hashes(monkeypatch) -> list[str]:
    """The passwords that were hashed to be compared."""
    seen = []
    monkeypatch.setattr(
        passwords, "check_password", lambda password, stored: bool(seen.append(password))
    )
    return seen


def test_the_eleventh_attempt_for_an_account_from_an_address_is_throttled(ada, hashes):
    fail(10)
    assert 840 <= throttled() <= 900
    assert counts() == {"login-account": 10, "login-address": 10}


def test_the_right_password_is_throttled_like_a_wrong_one(ada, signing_key):
    fail(10)
    right, wrong = throttled(password=PASSWORD), throttled()
    assert wrong <= right <= 900
    assert not ada.logins.exists()


def test_a_throttled_attempt_computes_no_hash(hashes):
    fail(10)
    for email in ("ada@example.com", "ADA@example.com"):
        throttled(email=email)
    assert len(hashes) == 10


def test_an_account_that_does_not_exist_is_throttled_alike(hashes, db):
    fail(10, email="nobody@example.com")
    assert 840 <= throttled(email="NOBODY@example.com") <= 900


def test_failures_from_another_address_do_not_lock_an_account(ada, signing_key):
    for number in range(30):
        fail(10, address=f"198.51.100.{number}")
    assert attempt(password=PASSWORD)


def test_a_success_clears_the_count_of_its_account(ada, signing_key):
    for _ in range(3):
        fail(9)
        attempt(password=PASSWORD)
    assert counts() == {"login-address": 27}


def test_a_success_clears_the_count_of_no_other_account(ada, user, signing_key):
    user("bob@example.com")
    fail(10)
    attempt(email="bob@example.com", password=PASSWORD)
    throttled()


def test_successes_are_no_failures_of_their_address(ada, signing_key, monkeypatch):
    monkeypatch.setattr(passwords, "check_password", lambda password, stored: True)
    for _ in range(101):
        attempt(password=PASSWORD)
    assert counts() == {"login-address": 0}


def test_other_addresses_and_other_accounts_are_not_throttled(ada, signing_key):
    fail(10)
    throttled()
    fail(1, address=OTHER)
    fail(1, email="bob@example.com")


def test_after_a_hundred_failures_an_address_is_throttled_for_every_account(ada, hashes):
    fail_for_many(100)
    assert 780 <= throttled(email="bob@example.com") <= 900
    throttled(password=PASSWORD)
    assert len(hashes) == 100
    fail(1, address=OTHER)


@pytest.mark.parametrize("address", ["2001:db8::1", "2001:db8::ffff:1:2:3"])
def test_addresses_of_one_ipv6_network_are_counted_together(hashes, address):
    fail(10, address="2001:db8::7")
    throttled(address=address)
    fail(1, address="2001:db8:0:1::7")


def test_waiting_helps_and_retry_after_says_how_long(ada, hashes):
    fail(10)
    rewind(minutes=10)
    assert 240 <= throttled() <= 300
    rewind(minutes=5)
    fail(10)
    throttled()


def test_a_throttled_attempt_does_not_make_the_wait_longer(ada, signing_key):
    fail(10)
    rewind(minutes=10)
    first = throttled()
    for _ in range(3):
        throttled()
    assert throttled() <= first


def test_expired_counts_are_purged_as_new_ones_come(signing_key, hashes):
    RateLimit.objects.bulk_create(
        RateLimit(key=f"old {n}", hits=1, resets_at=Now()) for n in range(25)
    )
    left = []
    for number in range(3):
        fail(1, email=f"{number}@example.com", address=f"192.0.2.{number}")
        left.append(RateLimit.objects.filter(key__startswith="old").count())
    assert left == [5, 0, 0]


def test_neither_address_nor_password_is_stored(signing_key, hashes):
    fail(1)
    assert not [
        row.key for row in RateLimit.objects.all() if "ada" in row.key or "guess" in row.key
    ]


def test_counts_are_not_written_to_the_write_ahead_log(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'rate_limit'")
        assert cursor.fetchone() == ("u",)


def test_a_signed_in_user_cannot_guess_the_password_either(ada, sign_in):
    here = login_of(sign_in(ada))
    change = partial(
        accounts.change_password,
        user=ada,
        login_id=here,
        new_password="wrong mule torch",
        address=HERE,
    )
    for _ in range(10):
        with pytest.raises(WrongPassword):
            change(current_password="guess")
    for password in ("guess", PASSWORD):
        with pytest.raises(TooManySignIns):
            change(current_password=password)
    throttled()
    assert User.objects.get().password == ada.password


def test_failures_of_others_at_an_address_do_not_keep_a_signed_in_user_from_changes(
    ada, sign_in, hashes, monkeypatch
):
    fail_for_many(100)
    throttled(email="bob@example.com")
    monkeypatch.setattr(passwords, "check_password", lambda password, stored: password == PASSWORD)
    accounts.change_profile(
        user=ada, address=HERE, email="eve@example.com", current_password=PASSWORD
    )
    assert User.objects.get().email == "eve@example.com"


def test_when_all_hashes_are_taken_an_attempt_is_refused_at_once_and_not_counted(
    ada, signing_key, monkeypatch
):
    monkeypatch.setattr(passwords, "ANONYMOUS", hashers.HashPool("full", threads=1, capacity=0))
    with pytest.raises(Busy) as error:
        attempt(password=PASSWORD)
    assert error.value.headers["Retry-After"] == "1"
    assert counts() == {"login-account": 0, "login-address": 0}


def test_signed_in_users_do_not_wait_for_the_hashes_of_others(ada, monkeypatch):
    monkeypatch.setattr(passwords, "ANONYMOUS", hashers.HashPool("full", threads=1, capacity=0))
    passwords.confirm(ada, current_password=PASSWORD, address=HERE)


def test_the_sixty_first_registration_from_an_address_in_a_minute_is_rejected():
    for number in range(60):
        accounts.register_from(address=HERE, email=f"user{number}@example.com", password=PASSWORD)
    with pytest.raises(RateLimited) as error:
        accounts.register_from(address=HERE, email="another@example.com", password=PASSWORD)
    assert 1 <= int(error.value.headers["Retry-After"]) <= 60
    assert User.objects.count() == 60
    accounts.register_from(address=OTHER, email="another@example.com", password=PASSWORD)


def test_the_thirty_first_refresh_of_a_login_in_a_minute_is_rejected_and_spends_nothing(
    ada, sign_in
):
    pair, other = sign_in(ada), sign_in(ada)
    for _ in range(30):
        pair = sessions.refresh(refresh=pair.refresh)
    with pytest.raises(RateLimited):
        sessions.refresh(refresh=pair.refresh)
    sessions.refresh(refresh=other.refresh)
    rewind(minutes=1)
    sessions.refresh(refresh=pair.refresh)


def test_spent_tokens_of_a_login_are_pruned_and_a_recent_copy_still_ends_it(
    ada, sign_in, monkeypatch
):
    monkeypatch.setattr(sessions, "STORED_TOKENS", 5)
    first = pair = sign_in(ada)
    for _ in range(10):
        spent, pair = pair, sessions.refresh(refresh=pair.refresh)
    assert RefreshToken.objects.count() == 6
    for token in (first, spent, pair):
        with pytest.raises(InvalidRefreshToken):
            sessions.refresh(refresh=token.refresh)


def test_a_limit_holds_for_a_window_and_then_starts_again(db):
    limit = Limit("test", 2, timedelta(seconds=60))
    for _ in range(2):
        limit.hit("a")
        limit.hit("a")
        with pytest.raises(RateLimited):
            limit.hit("a")
        limit.hit("ab")
        rewind(seconds=60)


def test_a_count_is_cleared_for_a_whole_subject_only(db):
    limit = Limit("test", 5, timedelta(seconds=60))
    for subjects in (("a", "1"), ("a", "2"), ("ab", "1")):
        limit.hit(*subjects)
    limit.clear("a")
    assert list(RateLimit.objects.values_list("key", flat=True)) == ["test ab 1 "]

"""Rate limits of failed logins, registrations and refreshes."""

from datetime import timedelta
from functools import partial

import pytest
from conftest import CLIENT_IP, NEW_PASSWORD, PASSWORD, session_id_of
from django.db import connection
from django.db.models.functions import Now

from users.errors import (
    HashPoolFull,
    InvalidCredentials,
    InvalidRefreshToken,
    LoginThrottled,
    RateLimited,
    WrongPassword,
)
from users.models import RateLimit, RefreshToken, User
from users.services import accounts, passwords, sessions
from users.services.password_hashing import HashPool
from users.services.rate_limit import Limit

pytestmark = pytest.mark.django_db
OTHER_IP = "192.0.2.2"
FULL_POOL = HashPool("full", threads=1, capacity=0)


def attempt(email="ada@example.com", password="guess", address=CLIENT_IP):  # noqa: S107
    return sessions.sign_in(email=email, password=password, address=address)


def fail(times, **attempted):
    for _ in range(times):
        with pytest.raises(InvalidCredentials):
            attempt(**attempted)


def throttled(**attempted) -> int:
    """The number of seconds in Retry-After."""
    with pytest.raises(LoginThrottled) as error:
        attempt(**attempted)
    return int(error.value.headers["Retry-After"])


def rewind(**by):
    for row in RateLimit.objects.all():
        RateLimit.objects.filter(pk=row.pk).update(resets_at=row.resets_at - timedelta(**by))


def fail_for_many(count, address=CLIENT_IP):
    for number in range(count // 10):
        fail(10, email=f"user{number}@example.com", address=address)


def counts() -> dict[str, int]:
    return {row.key.split()[0]: row.hits for row in RateLimit.objects.all()}


@pytest.fixture
def hashes(monkeypatch) -> list[str]:
    """The passwords that were verified."""
    seen = []
    monkeypatch.setattr(
        passwords, "check_password", lambda password, stored: bool(seen.append(password))
    )
    return seen


def test_the_eleventh_attempt_for_an_account_from_an_address_is_throttled(ada, hashes):
    fail(10)
    assert 840 <= throttled() <= 900
    assert counts() == {"login-account": 10, "login-address": 10}


def test_a_right_password_is_throttled_like_a_wrong_one(ada, signing_key):
    fail(10)
    right, wrong = throttled(password=PASSWORD), throttled()
    assert wrong <= right <= 900
    assert not ada.sessions.exists()


def test_a_throttled_attempt_computes_no_hash(hashes):
    fail(10)
    for email in ("ada@example.com", "ADA@example.com"):
        throttled(email=email)
    assert len(hashes) == 10


def test_an_unknown_account_is_throttled_alike(hashes, db):
    fail(10, email="unknown@example.com")
    assert 840 <= throttled(email="UNKNOWN@example.com") <= 900


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


def test_successful_logins_do_not_count_for_the_address(ada, signing_key, monkeypatch):
    monkeypatch.setattr(passwords, "check_password", lambda password, stored: True)
    for _ in range(101):
        attempt(password=PASSWORD)
    assert counts() == {"login-address": 0}


def test_other_addresses_and_other_accounts_are_not_throttled(ada, signing_key):
    fail(10)
    throttled()
    fail(1, address=OTHER_IP)
    fail(1, email="bob@example.com")


def test_after_a_hundred_failures_an_address_is_throttled_for_every_account(ada, hashes):
    fail_for_many(100)
    assert 780 <= throttled(email="bob@example.com") <= 900
    throttled(password=PASSWORD)
    assert len(hashes) == 100
    fail(1, address=OTHER_IP)


@pytest.mark.parametrize("address", ["2001:db8::1", "2001:db8::ffff:1:2:3"])
def test_addresses_of_one_ipv6_network_are_counted_together(hashes, address):
    fail(10, address="2001:db8::7")
    throttled(address=address)
    fail(1, address="2001:db8:0:1::7")


def test_retry_after_is_the_rest_of_the_window(ada, hashes):
    fail(10)
    rewind(minutes=10)
    assert 240 <= throttled() <= 300
    rewind(minutes=5)
    fail(10)
    throttled()


def test_a_throttled_attempt_does_not_prolong_the_wait(ada, signing_key):
    fail(10)
    rewind(minutes=10)
    first = throttled()
    for _ in range(3):
        throttled()
    assert throttled() <= first


def test_new_counts_purge_expired_ones(signing_key, hashes):
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


def test_the_table_is_unlogged(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'rate_limit'")
        assert cursor.fetchone() == ("u",)


def test_wrong_current_passwords_are_throttled(ada, sign_in):
    here = session_id_of(sign_in(ada))
    change = partial(
        accounts.change_password,
        user=ada,
        session_id=here,
        new_password=NEW_PASSWORD,
        address=CLIENT_IP,
    )
    for _ in range(10):
        with pytest.raises(WrongPassword):
            change(current_password="guess")
    for password in ("guess", PASSWORD):
        with pytest.raises(LoginThrottled):
            change(current_password=password)
    throttled()
    assert User.objects.get().password == ada.password


def test_failed_logins_of_others_do_not_throttle_a_signed_in_user(
    ada, sign_in, hashes, monkeypatch
):
    fail_for_many(100)
    throttled(email="bob@example.com")
    monkeypatch.setattr(passwords, "check_password", lambda password, stored: password == PASSWORD)
    accounts.change_profile(
        user=ada, address=CLIENT_IP, email="eve@example.com", current_password=PASSWORD
    )
    assert User.objects.get().email == "eve@example.com"


def test_an_attempt_with_a_full_hash_pool_is_rejected_and_not_counted(
    ada, signing_key, monkeypatch
):
    monkeypatch.setattr(passwords, "ANONYMOUS_POOL", FULL_POOL)
    with pytest.raises(HashPoolFull) as error:
        attempt(password=PASSWORD)
    assert error.value.headers["Retry-After"] == "1"
    assert counts() == {"login-account": 0, "login-address": 0}


def test_signed_in_users_have_their_own_hash_pool(ada, monkeypatch):
    monkeypatch.setattr(passwords, "ANONYMOUS_POOL", FULL_POOL)
    passwords.require_current_password(ada, current_password=PASSWORD, address=CLIENT_IP)


def test_the_sixty_first_registration_from_an_address_in_a_minute_is_rejected():
    for number in range(60):
        accounts.register_from(
            address=CLIENT_IP, email=f"user{number}@example.com", password=PASSWORD
        )
    with pytest.raises(RateLimited) as error:
        accounts.register_from(address=CLIENT_IP, email="another@example.com", password=PASSWORD)
    assert 1 <= int(error.value.headers["Retry-After"]) <= 60
    assert User.objects.count() == 60
    accounts.register_from(address=OTHER_IP, email="another@example.com", password=PASSWORD)


def test_the_thirty_first_refresh_of_a_session_in_a_minute_is_rejected(ada, sign_in):
    pair, other = sign_in(ada), sign_in(ada)
    for _ in range(30):
        pair = sessions.refresh(refresh=pair.refresh)
    with pytest.raises(RateLimited):
        sessions.refresh(refresh=pair.refresh)
    sessions.refresh(refresh=other.refresh)
    rewind(minutes=1)
    sessions.refresh(refresh=pair.refresh)


def test_old_used_tokens_of_a_session_are_purged(ada, sign_in, monkeypatch):
    monkeypatch.setattr(sessions, "MAX_STORED_TOKENS", 5)
    first = pair = sign_in(ada)
    for _ in range(10):
        used, pair = pair, sessions.refresh(refresh=pair.refresh)
    assert RefreshToken.objects.count() == 6
    for token in (first, used, pair):
        with pytest.raises(InvalidRefreshToken):
            sessions.refresh(refresh=token.refresh)


def test_a_limit_is_reset_after_its_window(db):
    limit = Limit("test", 2, timedelta(seconds=60))
    for _ in range(2):
        limit.hit("a")
        limit.hit("a")
        with pytest.raises(RateLimited):
            limit.hit("a")
        limit.hit("ab")
        rewind(seconds=60)


def test_clearing_matches_whole_subjects(db):
    limit = Limit("test", 5, timedelta(seconds=60))
    for subjects in (("a", "1"), ("a", "2"), ("ab", "1")):
        limit.hit(*subjects)
    limit.clear("a")
    assert list(RateLimit.objects.values_list("key", flat=True)) == ["test ab 1 "]

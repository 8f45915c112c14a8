"""Signing in, staying signed in, signing out."""

import hashlib
import time
from datetime import timedelta

import pytest
from conftest import HERE, PASSWORD, PLANS, login_of, without
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from chassis import tokens
from users.errors import InvalidCredentials, InvalidRefreshToken
from users.hashers import Argon2id
from users.models import Login, RefreshToken, User
from users.services import accounts, sessions, staff

pytestmark = pytest.mark.django_db


def renew(pair):
    return sessions.refresh(refresh=pair.refresh)


def is_over(pair) -> bool:
    return Login.objects.get(pk=login_of(pair)).ended_at is not None


def test_the_access_token_says_who_for_whom_and_for_how_long(ada, sign_in):
    pair = sign_in(ada)
    claims = tokens.verify(pair.access)
    assert set(claims) == {"iss", "aud", "sub", "role", "sid", "iat", "exp", "jti"}
    assert (claims["iss"], claims["aud"], claims["sub"], claims["role"]) == (
        "shop-users",
        "shop",
        str(ada.id),
        "customer",
    )
    assert claims["exp"] - claims["iat"] == 900 == pair.expires_in
    assert abs(claims["iat"] - time.time()) < 5
    assert pair.token_type == "Bearer"


def test_each_access_token_has_an_id_of_its_own(ada, sign_in):
    assert len({tokens.verify(sign_in(ada).access)["jti"] for _ in range(3)}) == 3


def test_only_the_hash_of_a_refresh_token_is_kept(ada, sign_in):
    pair = sign_in(ada)
    kept = RefreshToken.objects.get()
    assert kept.hash == hashlib.sha256(pair.refresh.encode()).hexdigest()
    assert len(pair.refresh) == 43  # 256 bits
    assert timedelta(days=29, hours=23) < kept.expires_at - kept.created_at <= timedelta(days=30)


def test_email_is_compared_without_case_and_password_with_it(ada, signing_key):
    sessions.sign_in(email="ADA@Example.com", password=PASSWORD, address=HERE)
    with pytest.raises(InvalidCredentials):
        sessions.sign_in(email="ada@example.com", password=PASSWORD.upper(), address=HERE)


def nobody(user):
    return "nobody@example.com", "guess again"


def wrong_password(user):
    return user().email, "guess again"


def deactivated(user):
    gone = user()
    staff.change(user_id=gone.id, is_active=False)
    return gone.email, PASSWORD


@pytest.mark.parametrize("case", [nobody, wrong_password, deactivated])
def test_every_failure_costs_the_same_work_and_says_the_same(user, signing_key, monkeypatch, case):
    email, password = case(user)
    hashed = []
    for verb in ("encode", "verify"):
        original = getattr(Argon2id, verb)
        monkeypatch.setattr(
            Argon2id, verb, lambda *args, original=original: hashed.append(1) or original(*args)
        )
    with CaptureQueriesContext(connection) as queries, pytest.raises(InvalidCredentials) as refusal:
        sessions.sign_in(email=email, password=password, address=HERE)
    verbs = [query["sql"].split()[0] for query in queries]
    hit = ["INSERT", "WITH"]  # into rate_limit; the first hit of a window purges old ones
    assert verbs == ["SELECT", "SAVEPOINT", *hit, *hit, "RELEASE"]
    assert len(hashed) == 1
    assert refusal.value.message == InvalidCredentials.detail
    assert not Login.objects.exists()


def test_a_refresh_token_buys_the_next_pair_of_the_same_login(ada, sign_in):
    first = sign_in(ada)
    second = renew(first)
    third = renew(second)
    assert len({first.refresh, second.refresh, third.refresh}) == 3
    assert login_of(first) == login_of(second) == login_of(third)
    assert tokens.verify(third.access)["sub"] == str(ada.id)
    assert RefreshToken.objects.filter(spent_at=None).count() == 1


def test_a_spent_token_that_comes_again_ends_the_whole_login_and_no_other(ada, sign_in):
    stolen, elsewhere = sign_in(ada), sign_in(ada)
    newest = renew(renew(stolen))
    with pytest.raises(InvalidRefreshToken):
        renew(stolen)
    assert is_over(stolen)
    with pytest.raises(InvalidRefreshToken):
        renew(newest)
    assert not is_over(elsewhere)
    renew(elsewhere)


def test_an_expired_token_buys_nothing(ada, sign_in):
    pair = sign_in(ada)
    RefreshToken.objects.update(expires_at=Now() - timedelta(seconds=1))
    with pytest.raises(InvalidRefreshToken):
        renew(pair)
    assert RefreshToken.objects.count() == 1


@pytest.mark.parametrize("token", ["", "x", "é", "a" * 500])
def test_an_unknown_token_buys_nothing(signing_key, token):
    with pytest.raises(InvalidRefreshToken):
        sessions.refresh(refresh=token)
    sessions.revoke(refresh=token)


def test_the_next_access_token_has_the_role_of_now(ada, boss, sign_in):
    pair = sign_in(ada)
    staff.change(user_id=ada.id, role="staff")
    assert tokens.verify(renew(pair).access)["role"] == "staff"


@pytest.mark.parametrize(
    "end",
    [
        lambda user: staff.change(user_id=user.id, is_active=False),
        lambda user: accounts.close(user_id=user.id),
    ],
)
def test_deactivated_or_closed_nobody_stays_signed_in(ada, boss, sign_in, end):
    pair = sign_in(ada)
    end(ada)
    with pytest.raises(InvalidRefreshToken):
        renew(pair)


def test_a_deactivated_account_stays_signed_out_even_when_a_login_was_left_open(ada, sign_in):
    pair = sign_in(ada)
    User.objects.update(is_active=False)
    with pytest.raises(InvalidRefreshToken):
        renew(pair)
    assert sessions.open_login(login_id=login_of(pair), user_id=ada.id) is None


def test_reactivation_does_not_bring_a_login_back(ada, boss, sign_in):
    pair = sign_in(ada)
    staff.change(user_id=ada.id, is_active=False)
    staff.change(user_id=ada.id, is_active=True)
    with pytest.raises(InvalidRefreshToken):
        renew(pair)


def test_revoking_ends_one_login(ada, sign_in):
    here, there = sign_in(ada), sign_in(ada)
    sessions.revoke(refresh=here.refresh)
    ended = Login.objects.get(pk=login_of(here)).ended_at
    sessions.revoke(refresh=here.refresh)
    assert Login.objects.get(pk=login_of(here)).ended_at == ended
    assert not is_over(there)
    with pytest.raises(InvalidRefreshToken):
        renew(here)


def test_revoking_with_a_spent_token_ends_the_login_too(ada, sign_in):
    first = sign_in(ada)
    renew(first)
    sessions.revoke(refresh=first.refresh)
    assert is_over(first)


def test_a_login_is_open_for_its_own_user_only(ada, boss, sign_in):
    pair = sign_in(ada)
    assert sessions.open_login(login_id=login_of(pair), user_id=boss.id) is None
    found = sessions.open_login(login_id=login_of(pair), user_id=ada.id)
    assert found is not None
    assert found.user == ada


def test_expired_tokens_are_swept_and_logins_with_them(ada, sign_in):
    dead, alive = sign_in(ada), renew(sign_in(ada))
    for login in (login_of(dead), login_of(alive)):
        first = RefreshToken.objects.filter(login_id=login).order_by("created_at").first()
        RefreshToken.objects.filter(pk=first.pk).update(expires_at=Now() - timedelta(seconds=1))
    sign_in(ada)
    assert not Login.objects.filter(pk=login_of(dead)).exists()
    assert RefreshToken.objects.filter(login_id=login_of(alive)).count() == 1
    renew(alive)


@pytest.mark.parametrize("plan", PLANS, ids=len)
def test_a_login_with_more_dead_tokens_than_one_sweep_takes_goes_in_the_end(ada, sign_in, plan):
    without(plan)
    login = Login.objects.create(user=ada)
    long_ago = {"expires_at": Now() - timedelta(days=1), "spent_at": Now()}
    RefreshToken.objects.bulk_create(
        RefreshToken(hash=str(n), login=login, **long_ago) for n in range(15)
    )
    sign_in(ada)
    assert RefreshToken.objects.filter(login=login).count() == 5
    assert Login.objects.filter(pk=login.pk).exists()
    sign_in(ada)
    assert not Login.objects.filter(pk=login.pk).exists()


def test_a_login_ends_ninety_days_after_signing_in(ada, sign_in):
    pair = sign_in(ada)
    Login.objects.update(created_at=Now() - timedelta(days=89))
    pair = renew(pair)
    left = {
        "expires_at__gt": Now() + timedelta(hours=23),
        "expires_at__lte": Now() + timedelta(hours=24),
    }
    assert RefreshToken.objects.filter(spent_at=None, **left).count() == 1
    RefreshToken.objects.filter(spent_at=None).update(expires_at=Now())
    with pytest.raises(InvalidRefreshToken):
        renew(pair)

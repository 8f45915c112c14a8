"""Sessions: signing in, refresh tokens, signing out."""

import hashlib
import time
from datetime import timedelta

import pytest
from conftest import CLIENT_IP, PASSWORD, session_id_of
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from chassis import tokens
from users import selectors
from users.errors import InvalidCredentials, InvalidRefreshToken
from users.models import RefreshToken, Session, User
from users.services import accounts, sessions, staff
from users.services.password_hashing import Argon2id

pytestmark = pytest.mark.django_db


EXCEPT_NESTED_LOOPS = ["hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize"]
"""Without these plan types, PostgreSQL runs the inner side of a join once per row."""


def disable_plans(names):
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"SET LOCAL enable_{name} = off")


def refresh(pair):
    return sessions.refresh(refresh=pair.refresh)


def has_ended(pair) -> bool:
    return Session.objects.get(pk=session_id_of(pair)).ended_at is not None


def test_the_claims_of_an_access_token(ada, sign_in):
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


def test_each_access_token_has_a_unique_id(ada, sign_in):
    assert len({tokens.verify(sign_in(ada).access)["jti"] for _ in range(3)}) == 3


def test_only_the_hash_of_a_refresh_token_is_stored(ada, sign_in):
    pair = sign_in(ada)
    stored = RefreshToken.objects.get()
    assert stored.hash == hashlib.sha256(pair.refresh.encode()).hexdigest()
    assert len(pair.refresh) == 43  # 256 bits
    assert (
        timedelta(days=29, hours=23) < stored.expires_at - stored.created_at <= timedelta(days=30)
    )


def test_the_email_ignores_case_and_the_password_does_not(ada, signing_key):
    sessions.sign_in(email="ADA@Example.com", password=PASSWORD, address=CLIENT_IP)
    with pytest.raises(InvalidCredentials):
        sessions.sign_in(email="ada@example.com", password=PASSWORD.upper(), address=CLIENT_IP)


def unknown_user(user):
    return "unknown@example.com", "guess again"


def wrong_password(user):
    return user().email, "guess again"


def deactivated(user):
    account = user()
    staff.change(user_id=account.id, is_active=False)
    return account.email, PASSWORD


@pytest.mark.parametrize("case", [unknown_user, wrong_password, deactivated])
def test_every_failed_login_does_the_same_work(user, signing_key, monkeypatch, case):
    email, password = case(user)
    hashed = []
    for method in ("encode", "verify"):
        original = getattr(Argon2id, method)
        monkeypatch.setattr(
            Argon2id, method, lambda *args, original=original: hashed.append(1) or original(*args)
        )
    with CaptureQueriesContext(connection) as queries, pytest.raises(InvalidCredentials) as error:
        sessions.sign_in(email=email, password=password, address=CLIENT_IP)
    statements = [query["sql"].split()[0] for query in queries]
    hit = ["INSERT", "WITH"]  # the first hit of a window also purges expired ones
    assert statements == ["SELECT", "SAVEPOINT", *hit, *hit, "RELEASE"]
    assert len(hashed) == 1
    assert error.value.message == InvalidCredentials.detail
    assert not Session.objects.exists()


def test_a_refresh_token_is_exchanged_for_the_next_pair_of_the_session(ada, sign_in):
    first = sign_in(ada)
    second = refresh(first)
    third = refresh(second)
    assert len({first.refresh, second.refresh, third.refresh}) == 3
    assert session_id_of(first) == session_id_of(second) == session_id_of(third)
    assert tokens.verify(third.access)["sub"] == str(ada.id)
    assert RefreshToken.objects.filter(used_at=None).count() == 1


def test_reuse_of_a_refresh_token_ends_its_session_and_no_other(ada, sign_in):
    stolen, elsewhere = sign_in(ada), sign_in(ada)
    newest = refresh(refresh(stolen))
    with pytest.raises(InvalidRefreshToken):
        refresh(stolen)
    assert has_ended(stolen)
    with pytest.raises(InvalidRefreshToken):
        refresh(newest)
    assert not has_ended(elsewhere)
    refresh(elsewhere)


def test_an_expired_refresh_token_is_rejected(ada, sign_in):
    pair = sign_in(ada)
    RefreshToken.objects.update(expires_at=Now() - timedelta(seconds=1))
    with pytest.raises(InvalidRefreshToken):
        refresh(pair)
    assert RefreshToken.objects.count() == 1


@pytest.mark.parametrize("token", ["", "x", "é", "a" * 500])
def test_an_unknown_refresh_token_is_rejected(signing_key, token):
    with pytest.raises(InvalidRefreshToken):
        sessions.refresh(refresh=token)
    sessions.revoke(refresh=token)


def test_the_next_access_token_has_the_current_role(ada, boss, sign_in):
    pair = sign_in(ada)
    staff.change(user_id=ada.id, role="staff")
    assert tokens.verify(refresh(pair).access)["role"] == "staff"


@pytest.mark.parametrize(
    "end",
    [
        lambda user: staff.change(user_id=user.id, is_active=False),
        lambda user: accounts.close_account(user_id=user.id),
    ],
)
def test_deactivating_or_closing_an_account_ends_its_sessions(ada, boss, sign_in, end):
    pair = sign_in(ada)
    end(ada)
    with pytest.raises(InvalidRefreshToken):
        refresh(pair)


def test_a_session_of_a_deactivated_account_is_not_active(ada, sign_in):
    pair = sign_in(ada)
    User.objects.update(is_active=False)
    with pytest.raises(InvalidRefreshToken):
        refresh(pair)
    assert selectors.get_active_session(session_id=session_id_of(pair), user_id=ada.id) is None


def test_reactivation_does_not_restore_a_session(ada, boss, sign_in):
    pair = sign_in(ada)
    staff.change(user_id=ada.id, is_active=False)
    staff.change(user_id=ada.id, is_active=True)
    with pytest.raises(InvalidRefreshToken):
        refresh(pair)


def test_revoking_ends_one_session(ada, sign_in):
    here, there = sign_in(ada), sign_in(ada)
    sessions.revoke(refresh=here.refresh)
    ended = Session.objects.get(pk=session_id_of(here)).ended_at
    sessions.revoke(refresh=here.refresh)
    assert Session.objects.get(pk=session_id_of(here)).ended_at == ended
    assert not has_ended(there)
    with pytest.raises(InvalidRefreshToken):
        refresh(here)


def test_revoking_with_a_used_token_ends_the_session(ada, sign_in):
    first = sign_in(ada)
    refresh(first)
    sessions.revoke(refresh=first.refresh)
    assert has_ended(first)


def test_a_session_is_active_for_its_own_user_only(ada, boss, sign_in):
    pair = sign_in(ada)
    assert selectors.get_active_session(session_id=session_id_of(pair), user_id=boss.id) is None
    found = selectors.get_active_session(session_id=session_id_of(pair), user_id=ada.id)
    assert found is not None
    assert found.user == ada


def test_expired_tokens_are_purged_with_their_sessions(ada, sign_in):
    expired, active = sign_in(ada), refresh(sign_in(ada))
    for session_id in (session_id_of(expired), session_id_of(active)):
        first = RefreshToken.objects.filter(session_id=session_id).order_by("created_at").first()
        RefreshToken.objects.filter(pk=first.pk).update(expires_at=Now() - timedelta(seconds=1))
    sign_in(ada)
    assert not Session.objects.filter(pk=session_id_of(expired)).exists()
    assert RefreshToken.objects.filter(session_id=session_id_of(active)).count() == 1
    refresh(active)


@pytest.mark.parametrize("disabled", [[], EXCEPT_NESTED_LOOPS], ids=["default", "nested loops"])
def test_a_session_with_more_expired_tokens_than_a_batch_is_purged_later(ada, sign_in, disabled):
    disable_plans(disabled)
    session = Session.objects.create(user=ada)
    long_ago = {"expires_at": Now() - timedelta(days=1), "used_at": Now()}
    RefreshToken.objects.bulk_create(
        RefreshToken(hash=str(n), session=session, **long_ago) for n in range(15)
    )
    sign_in(ada)
    assert RefreshToken.objects.filter(session=session).count() == 5
    assert Session.objects.filter(pk=session.pk).exists()
    sign_in(ada)
    assert not Session.objects.filter(pk=session.pk).exists()


def test_a_session_ends_ninety_days_after_signing_in(ada, sign_in):
    pair = sign_in(ada)
    Session.objects.update(created_at=Now() - timedelta(days=89))
    pair = refresh(pair)
    left = {
        "expires_at__gt": Now() + timedelta(hours=23),
        "expires_at__lte": Now() + timedelta(hours=24),
    }
    assert RefreshToken.objects.filter(used_at=None, **left).count() == 1
    RefreshToken.objects.filter(used_at=None).update(expires_at=Now())
    with pytest.raises(InvalidRefreshToken):
        refresh(pair)

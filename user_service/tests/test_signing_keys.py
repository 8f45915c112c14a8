"""Signing keys: rotation, encryption, and the cache of each process."""

from datetime import timedelta
from types import SimpleNamespace

import jwt
import pytest
from conftest import session_id_of
from django.db.models.functions import Now

from chassis import tokens
from chassis.problems import ServiceUnavailable
from users.models import RefreshToken, SigningKey
from users.services import key_store, sessions, signing_keys
from users.services.key_store import DatabaseKeys

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    """The clock of key_store; the database has its own."""
    time = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(key_store, "time", SimpleNamespace(monotonic=lambda: time.now))
    return time


def age(key, **by):
    SigningKey.objects.filter(pk=key.kid).update(created_at=Now() - timedelta(**by))


def retire(key, **ago):
    SigningKey.objects.filter(pk=key.kid).update(retired_at=Now() - timedelta(**ago))


def signing_kid() -> str:
    """The key that a new process signs with."""
    return jwt.get_unverified_header(DatabaseKeys().sign({"sub": "x"}))["kid"]


def published() -> list[str]:
    return list(SigningKey.objects.published().values_list("kid", flat=True))


def test_the_only_key_signs_immediately(signing_key):
    assert signing_kid() == signing_key.kid


def test_a_new_key_is_published_immediately_and_signs_one_minute_later(signing_key):
    new = signing_keys.rotate()
    assert published() == [signing_key.kid, new.kid]
    assert signing_kid() == signing_key.kid
    age(signing_key, minutes=10)
    age(new, seconds=59)
    assert signing_kid() == signing_key.kid
    age(new, seconds=60)
    assert signing_kid() == new.kid


def test_after_two_rotations_the_newest_active_key_signs(signing_key):
    first, second = signing_keys.rotate(), signing_keys.rotate()
    age(signing_key, minutes=10)
    assert signing_kid() == signing_key.kid
    age(first, seconds=70)
    assert signing_kid() == first.kid
    age(second, seconds=65)
    assert signing_kid() == second.kid


def test_a_retired_key_is_published_until_its_last_token_has_expired(signing_key):
    new = signing_keys.rotate()
    retire(signing_key, minutes=15, seconds=59)
    assert published() == [signing_key.kid, new.kid]
    retire(signing_key, minutes=16, seconds=1)
    assert published() == [new.kid]
    assert timedelta(seconds=sessions.ACCESS_TOKEN_SECONDS) < SigningKey.RETENTION


def test_rotation_retires_the_old_key_and_deletes_expired_ones(signing_key):
    second = signing_keys.rotate()
    old = SigningKey.objects.get(pk=signing_key.kid)
    assert (
        timedelta(seconds=59)
        < old.retired_at - SigningKey.objects.get(pk=second.kid).created_at
        < timedelta(seconds=61)
    )
    assert SigningKey.objects.get(pk=second.kid).retired_at is None
    retire(signing_key, minutes=17)
    third = signing_keys.rotate()
    assert set(SigningKey.objects.values_list("kid", flat=True)) == {second.kid, third.kid}


def test_rotation_ends_no_session(ada, sign_in, signing_key, fresh_process):
    pair = sign_in(ada)
    new = signing_keys.rotate()
    age(new, minutes=2)
    retire(signing_key, minutes=1)
    fresh_process()
    assert tokens.verify(pair.access)["sub"] == str(ada.id)
    renewed = sessions.refresh(refresh=pair.refresh)
    assert jwt.get_unverified_header(renewed.access)["kid"] == new.kid
    assert session_id_of(renewed) == session_id_of(pair)


def test_every_key_is_an_rsa_key_of_2048_bits_named_by_its_thumbprint():
    key, other = signing_keys.generate(), signing_keys.generate()
    assert set(key.public_jwk) == {"kty", "use", "alg", "kid", "n", "e"}
    assert (key.public_jwk["kty"], key.public_jwk["use"], key.public_jwk["alg"]) == (
        "RSA",
        "sig",
        "RS256",
    )
    assert key.kid == key.public_jwk["kid"] != other.kid
    private = signing_keys.private_key(key)
    assert private is not None
    assert private.key_size == 2048
    # The example of RFC 7638, section 3.1
    example = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-"
        "5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyr"
        "dkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    assert (
        signing_keys.thumbprint({"kty": "RSA", "n": example, "e": "AQAB"})
        == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    )


def test_a_private_key_is_encrypted_with_the_secret_key(signing_key, settings):
    assert signing_key.private_key.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert signing_keys.private_key(signing_key) is not None
    settings.SECRET_KEY = "another secret, as long as the first one was"
    assert signing_keys.private_key(signing_key) is None


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "nonsense",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    ],
)
def test_a_damaged_private_key_is_none(key_pair, pem):
    assert signing_keys.private_key(SigningKey(**key_pair | {"private_key": pem})) is None


def test_with_another_secret_a_new_key_signs_and_old_tokens_stay_valid(
    ada, sign_in, signing_key, settings, fresh_process
):
    pair = sign_in(ada)
    settings.SECRET_KEY = "another secret, as long as the first one was"
    fresh_process()
    with pytest.raises(ServiceUnavailable, match="no key to sign"):
        sessions.refresh(refresh=pair.refresh)
    assert RefreshToken.objects.get().used_at is None
    signing_keys.ensure()
    new = SigningKey.objects.exclude(pk=signing_key.kid).get()
    fresh_process()
    assert tokens.verify(pair.access)["sub"] == str(ada.id)
    assert (
        jwt.get_unverified_header(sessions.refresh(refresh=pair.refresh).access)["kid"] == new.kid
    )


def test_ensure_creates_one_key_only():
    for _ in range(2):
        signing_keys.ensure()
    assert SigningKey.objects.count() == 1


def test_keys_are_reloaded_at_intervals(signing_key, clock, django_assert_num_queries):
    process = DatabaseKeys()
    with django_assert_num_queries(1):
        for _ in range(5):
            process.get_key(signing_key.kid)
            process.sign({"sub": "x"})
    clock.now += key_store.RELOAD_INTERVAL
    with django_assert_num_queries(1):
        process.get_key(signing_key.kid)


def test_an_unknown_key_triggers_one_reload_per_second(
    signing_key, clock, django_assert_num_queries
):
    process = DatabaseKeys()
    process.get_key(signing_key.kid)
    new = signing_keys.rotate()
    with django_assert_num_queries(0):
        assert process.get_key(new.kid) is None
    clock.now += key_store.UNKNOWN_KEY_RELOAD_INTERVAL
    with django_assert_num_queries(1):
        assert process.get_key(new.kid) is not None
        assert process.get_key("unknown") is None
        assert process.get_key("unknown too") is None


def test_a_new_key_is_used_after_the_reload_interval(signing_key, clock):
    process = DatabaseKeys()
    process.sign({"sub": "x"})
    new = signing_keys.rotate()
    age(new, minutes=2)
    clock.now += key_store.RELOAD_INTERVAL
    assert jwt.get_unverified_header(process.sign({"sub": "x"}))["kid"] == new.kid


def test_signing_in_without_a_key_is_unavailable(ada, sign_in):
    SigningKey.objects.all().delete()
    with pytest.raises(ServiceUnavailable):
        sign_in(ada)


def test_signing_requires_database_keys(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(tokens, "get_key_provider", object)
        with pytest.raises(TypeError, match="DatabaseKeys"):
            key_store.sign({})

import time

import jwt
import pytest

from chassis import service_tokens
from chassis.service_tokens import ServiceTokens, is_service_token, verify
from chassis.tests import keys

KEY = "k" * 32
KEYS = {"order": KEY, "user": "u" * 32}


def signed(key=KEY, algorithm="HS256", **changes):
    now = int(time.time())
    good = {
        "iss": "order",
        "aud": "inventory",
        "scope": "reservations:write",
        "iat": now,
        "exp": now + 60,
    }
    return jwt.encode(
        {name: value for name, value in (good | changes).items() if value is not None},
        key,
        algorithm=algorithm,
    )


def issued(key=KEY, issuer="order"):
    return ServiceTokens(
        key, issuer=issuer, audience="inventory", scope="reservations:write"
    ).current()


def test_a_token_has_its_issuer_and_scope():
    assert verify(issued(), keys=KEYS, audience="inventory") == ("order", "reservations:write")


def test_a_token_is_valid_for_one_audience_and_one_key():
    for wrong in (
        {"keys": KEYS, "audience": "product"},
        {"keys": {"order": "x" * 32}, "audience": "inventory"},
    ):
        with pytest.raises(jwt.PyJWTError):
            verify(issued(), **wrong)


@pytest.mark.parametrize("issuer", ["user", "inventory", "", "unknown"])
def test_a_key_signs_for_no_other_issuer_than_its_own(issuer):
    with pytest.raises(jwt.PyJWTError):
        verify(issued(issuer=issuer), keys=KEYS, audience="inventory")


@pytest.mark.parametrize("suffix", ["=", "==", "\n", "*"])
def test_a_token_in_another_encoding_is_rejected(suffix):
    for token in (issued() + suffix, suffix.join(issued().split(".", 1))):
        with pytest.raises(jwt.PyJWTError):
            verify(token, keys=KEYS, audience="inventory")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": None},
        {"scope": None},
        {"aud": None},
        {"exp": None},
        {"iat": None},
        {"exp": 1},
        {"exp": int(time.time()) + 3600},
        {"exp": 2**40},
        *({name: value} for name in ("exp", "iat") for value in (["1"], {}, float("nan"))),
        {"exp": "8589934592"},
        {"iat": "1"},
        {"iat": int(time.time()) + 3600, "exp": int(time.time()) + 3660},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_or_missing_claim_is_rejected(changes):
    with pytest.raises(jwt.PyJWTError):
        verify(signed(**changes), keys=KEYS, audience="inventory")


def test_a_token_of_another_algorithm_is_rejected():
    for token in (signed("k" * 64, "HS512"), keys.access_token(), signed(None, "none")):
        assert not is_service_token(token)
        with pytest.raises(jwt.PyJWTError):
            verify(token, keys=KEYS, audience="inventory")


@pytest.mark.parametrize("token", ["", "a.b.c", "é", "." * 100])
def test_an_invalid_token_is_not_a_service_token(token):
    assert not is_service_token(token)


def test_a_token_is_renewed_at_half_its_lifetime(monkeypatch):
    class Clock:
        now = time.time()

        def time(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(service_tokens, "time", clock)
    made = ServiceTokens(KEY, issuer="order", audience="inventory", scope="reservations:write")
    first = made.current()
    clock.now += 29
    assert made.current() == first
    clock.now += 2
    assert made.current() != first

import base64
import json
import threading
import time

import jwt
import pytest

from chassis import tokens
from chassis.problems import ServiceUnavailable
from chassis.tests import keys
from chassis.tests.conftest import at_once
from chassis.tests.servers import drips, free_port, http_server
from chassis.tokens import InvalidToken, JWKSClient, verify


class Issuer:
    """What the key server answers, and how often it was asked."""

    def __init__(self):
        self.status, self.content, self.asked = 200, {"keys": [keys.jwk()]}, 0

    def answers(self, path, body):
        self.asked += 1
        return self.status, self.content


@pytest.fixture
def issuer(settings):
    made = Issuer()
    with http_server(made.answers) as url:
        settings.JWKS_URL = f"{url}/.well-known/jwks.json"
        yield made


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

        def monotonic(self):
            return self.now

    made = Clock()
    monkeypatch.setattr(tokens, "time", made)
    return made


def test_a_good_token_gives_its_claims():
    assert verify(keys.access_token("staff", jti="j"))["role"] == "staff"


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1},
        {"exp": None},
        {"exp": "soon"},
        {"exp": "8589934592"},
        {"exp": [1]},
        {"iat": None},
        {"iat": int(time.time()) + 3600},
        {"nbf": int(time.time()) + 3600},
        {"iss": "somebody"},
        {"iss": None},
        {"aud": "somebody"},
        {"aud": None},
        {"aud": []},
        {"sub": None},
        {"sub": "me"},
        {"role": None},
        {"jti": None},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_or_missing_claim_is_refused(changes):
    with pytest.raises(InvalidToken):
        verify(keys.access_token(**changes))


def test_an_expired_token_says_so():
    with pytest.raises(InvalidToken, match="expired"):
        verify(keys.access_token(exp=int(time.time()) - 1))


def test_a_token_that_was_good_is_refused_once_it_has_expired(monkeypatch):
    token = keys.access_token(exp=int(time.time()) + 60)
    verify(token)
    later = time.time() + 61
    monkeypatch.setattr(tokens.time, "time", lambda: later)
    with pytest.raises(InvalidToken, match="expired"):
        verify(token)


def part(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_a_token_signed_by_somebody_else_is_refused():
    with pytest.raises(InvalidToken):
        verify(keys.access_token(key=keys.new_key()))


def test_a_changed_token_is_refused():
    head, _, signature = keys.access_token().split(".")
    with pytest.raises(InvalidToken):
        verify(f"{head}.{part(keys.claims('staff'))}.{signature}")


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", None, 5, ["RS256"], {"a": 1}])
def test_an_unsigned_token_is_refused(algorithm):
    for signature in ("", part(b"x")):
        with pytest.raises(InvalidToken):
            verify(
                f"{part({'alg': algorithm, 'kid': keys.KEY_ID})}.{part(keys.claims('staff'))}.{signature}"
            )


def test_the_public_key_is_no_secret_to_sign_with():
    import hashlib
    import hmac

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = keys.PUBLIC_KEY.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = (
        f"{part({'alg': 'HS256', 'kid': keys.KEY_ID, 'typ': 'JWT'})}.{part(keys.claims('staff'))}"
    )
    with pytest.raises(InvalidToken):
        verify(f"{signed}.{part(hmac.new(public, signed.encode(), hashlib.sha256).digest())}")


def test_a_key_that_comes_with_the_token_is_not_looked_at():
    key = keys.new_key()
    header = {
        "kid": keys.KEY_ID,
        "jwk": keys.jwk("mine", key.public_key()),
        "jku": "http://127.0.0.1:9/",
        "x5u": "http://127.0.0.1:9/",
    }
    with pytest.raises(InvalidToken):
        verify(jwt.encode(keys.claims("staff"), key, algorithm="RS256", headers=header))


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "a" * 8000,
        ".".join([part([])] * 3),
        ".".join([part(b"[" * 5000)] * 3),
        f"{part({'alg': 'RS256', 'kid': 5})}.{part({})}.{part(b'')}",
        f"{part({'alg': 'RS256', 'kid': ['a']})}.{part({})}.{part(b'')}",
        f"{part({'alg': 'RS256'})}.{part({})}.{part(b'')}",
        f"{part({'alg': 'RS256', 'kid': keys.KEY_ID, 'crit': ['x']})}.{part({})}.{part(b'')}",
        f"{part({'alg': 'RS256', 'kid': keys.KEY_ID, 'b64': False})}.{part({})}.{part(b'')}",
    ],
)
def test_nonsense_is_refused(token):
    with pytest.raises(InvalidToken):
        verify(token)


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def with_spare_bits(token):
    """The same bytes: the last character of an RS256 signature carries two bits that count for nothing."""
    last = ALPHABET.index(token[-1])
    return token[:-1] + ALPHABET[last ^ 1]


@pytest.mark.parametrize(
    "spell",
    [
        *(
            lambda token, suffix=suffix: token + suffix
            for suffix in ("=", "==", "=" * 4, " ", "\n", "*", ".")
        ),
        lambda token: token.replace(".", "=.", 1),
        lambda token: token.replace(".", ".\n", 1),
        lambda token: f"={token}",
        with_spare_bits,
    ],
)
def test_a_token_in_another_spelling_is_refused(spell):
    token = keys.access_token("staff")
    assert verify(token)
    with pytest.raises(InvalidToken):
        verify(spell(token))


def test_keys_are_fetched_when_first_needed_and_kept(issuer):
    found = JWKSClient()
    assert found.get_key(keys.KEY_ID).public_numbers() == keys.PUBLIC_KEY.public_numbers()
    found.get_key(keys.KEY_ID)
    assert issuer.asked == 1


def test_a_new_key_of_the_issuer_is_found_and_the_old_one_goes_when_it_is_gone(issuer, clock):
    found = JWKSClient()
    found.get_key(keys.KEY_ID)
    issuer.content = {"keys": [keys.jwk("second")]}
    clock.now += 5.1
    assert found.get_key("second") is not None
    assert found.get_key(keys.KEY_ID) is None
    assert issuer.asked == 2


def test_an_unknown_key_is_asked_for_every_5_seconds_at_most(issuer, clock):
    found = JWKSClient()
    found.get_key(keys.KEY_ID)
    assert [found.get_key(f"invented-{number}") for number in range(50)] == [None] * 50
    assert issuer.asked == 1
    clock.now += 5.1
    assert [found.get_key(f"invented-{number}") for number in range(50)] == [None] * 50
    assert issuer.asked == 2


def test_many_threads_that_need_the_keys_ask_once(issuer):
    found = JWKSClient()
    assert None not in at_once([lambda: found.get_key(keys.KEY_ID)] * 16)
    assert issuer.asked == 1


def test_keys_once_seen_are_good_while_the_issuer_is_away(issuer, clock, settings):
    found = JWKSClient()
    found.get_key(keys.KEY_ID)
    settings.JWKS_URL = f"http://127.0.0.1:{free_port()}/"
    clock.now += 1000
    assert found.get_key("unknown") is None
    assert found.get_key(keys.KEY_ID) is not None


def test_keys_never_seen_are_503_and_asked_for_by_the_next_request(settings, issuer, clock):
    url, settings.JWKS_URL = settings.JWKS_URL, f"http://127.0.0.1:{free_port()}/"
    found = JWKSClient()
    with pytest.raises(ServiceUnavailable):
        found.get_key(keys.KEY_ID)
    settings.JWKS_URL = url
    clock.now += 0.001
    assert found.get_key(keys.KEY_ID) is not None


NONSENSE = [
    b"<html>",
    b"",
    [],
    "keys",
    None,
    {},
    {"keys": None},
    {"keys": 5},
    {"keys": []},
    {"keys": [5]},
    {"keys": [{}]},
    {"keys": [{"kty": "RSA", "kid": "a", "n": 5, "e": 5}]},
    {"keys": [{"kty": "RSA", "kid": "a", "n": "AA", "e": "AQAB"}]},
    {"keys": [{"kty": "RSA", "kid": "a", "n": "ä", "e": "AQAB"}]},
    {"keys": {"a": 1}},
    b"[" * 100_000,
]


@pytest.mark.parametrize("content", NONSENSE, ids=[str(content)[:60] for content in NONSENSE])
def test_an_issuer_that_answers_nonsense_counts_as_away(issuer, clock, content):
    good, issuer.content = issuer.content, content
    found = JWKSClient()
    with pytest.raises(ServiceUnavailable):
        found.get_key(keys.KEY_ID)
    issuer.content = good
    clock.now += 1.1
    assert found.get_key(keys.KEY_ID) is not None
    issuer.content = content
    clock.now += 5.1
    assert found.get_key("unknown") is None
    assert found.get_key(keys.KEY_ID) is not None


@pytest.mark.parametrize(
    ("status", "content"),
    [(301, b""), (404, {"keys": [keys.jwk()]}), (500, {"keys": [keys.jwk()]})],
)
def test_an_issuer_that_answers_an_error_counts_as_away(issuer, status, content):
    issuer.status, issuer.content = status, content
    with pytest.raises(ServiceUnavailable):
        JWKSClient().get_key(keys.KEY_ID)


def test_a_key_without_an_id_or_of_another_kind_does_no_harm(issuer):
    issuer.content = {
        "keys": [
            {**keys.jwk(), "kid": None},
            {"kty": "oct", "kid": "o", "k": "c2VjcmV0"},
            {"kty": "new", "kid": "n"},
            keys.jwk(),
        ]
    }
    found = JWKSClient()
    assert found.get_key(keys.KEY_ID) is not None
    assert found.get_key("n") is None


def test_a_token_for_a_key_of_another_kind_is_refused(issuer, monkeypatch):
    issuer.content = {"keys": [{"kty": "oct", "kid": "o", "k": part(b"s" * 32)}, keys.jwk()]}
    found = JWKSClient()
    monkeypatch.setattr(tokens, "get_key_provider", lambda: found)
    for token in (
        keys.access_token(key_id="o"),
        jwt.encode(keys.claims("staff"), b"s" * 32, algorithm="HS256", headers={"kid": "o"}),
    ):
        with pytest.raises(InvalidToken):
            verify(token)


def test_keys_are_fetched_in_the_background_and_again_until_they_are_there(issuer, monkeypatch):
    monkeypatch.setattr(tokens, "RETRY_SECONDS", 0.01)
    good, issuer.content = issuer.content, {"keys": 5}
    found, ready = JWKSClient(), threading.Event()
    monkeypatch.setattr(
        found,
        "_report",
        lambda outcome: ready.set() if outcome == "fetched" else setattr(issuer, "content", good),
    )
    found.start_refresh_thread()
    assert ready.wait(5)
    assert found.get_key(keys.KEY_ID) is not None


def test_an_issuer_that_sends_a_byte_now_and_then_is_not_waited_for(settings, neighbour):
    gave_up = threading.Event()
    settings.JWKS_URL = neighbour(
        drips(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", gave_up)
    ).url
    with pytest.raises(ServiceUnavailable):
        JWKSClient().get_key("any")
    assert gave_up.wait(10)

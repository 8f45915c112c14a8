import base64
import json
import threading
import time

import jwt
import pytest

from chassis import tokens
from chassis.problems import ServiceUnavailable
from chassis.tests import keys
from chassis.tests.concurrency import run_concurrently
from chassis.tests.servers import drip_bytes, free_port, http_server
from chassis.tokens import InvalidToken, JWKSClient, verify


class Issuer:
    """A fake JWKS server that counts its requests."""

    def __init__(self):
        self.status, self.content, self.requests = 200, {"keys": [keys.jwk()]}, 0

    def handle(self, path, body):
        self.requests += 1
        return self.status, self.content


@pytest.fixture
def issuer(settings):
    made = Issuer()
    with http_server(made.handle) as url:
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


def test_a_valid_token_has_its_claims():
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
        {"iss": "someone-else"},
        {"iss": None},
        {"aud": "someone-else"},
        {"aud": None},
        {"aud": []},
        {"sub": None},
        {"sub": "me"},
        {"role": None},
        {"jti": None},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_or_missing_claim_is_rejected(changes):
    with pytest.raises(InvalidToken):
        verify(keys.access_token(**changes))


def test_an_expired_token_has_its_own_message():
    with pytest.raises(InvalidToken, match="expired"):
        verify(keys.access_token(exp=int(time.time()) - 1))


def test_a_cached_token_is_rejected_after_its_expiry(monkeypatch):
    token = keys.access_token(exp=int(time.time()) + 60)
    verify(token)
    later = time.time() + 61
    monkeypatch.setattr(tokens.time, "time", lambda: later)
    with pytest.raises(InvalidToken, match="expired"):
        verify(token)


def part(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_a_token_signed_with_another_key_is_rejected():
    with pytest.raises(InvalidToken):
        verify(keys.access_token(key=keys.new_key()))


def test_a_changed_token_is_rejected():
    head, _, signature = keys.access_token().split(".")
    with pytest.raises(InvalidToken):
        verify(f"{head}.{part(keys.claims('staff'))}.{signature}")


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", None, 5, ["RS256"], {"a": 1}])
def test_an_unsigned_token_is_rejected(algorithm):
    head = part({"alg": algorithm, "kid": keys.KEY_ID})
    for signature in ("", part(b"x")):
        with pytest.raises(InvalidToken):
            verify(f"{head}.{part(keys.claims('staff'))}.{signature}")


def test_a_token_signed_by_hmac_with_the_public_key_is_rejected():
    import hashlib
    import hmac

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = keys.PUBLIC_KEY.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = (
        f"{part({'alg': 'HS256', 'kid': keys.KEY_ID, 'typ': 'JWT'})}.{part(keys.claims('staff'))}"
    )
    with pytest.raises(InvalidToken):
        verify(f"{signed}.{part(hmac.new(public, signed.encode(), hashlib.sha256).digest())}")


def test_a_key_in_the_token_header_is_ignored():
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
def test_a_malformed_token_is_rejected(token):
    with pytest.raises(InvalidToken):
        verify(token)


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def with_spare_bits(token):
    """The same bytes: the last character of an RS256 signature has two unused bits."""
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
def test_a_token_in_another_encoding_is_rejected(spell):
    token = keys.access_token("staff")
    assert verify(token)
    with pytest.raises(InvalidToken):
        verify(spell(token))


def test_keys_are_fetched_on_first_use_and_cached(issuer):
    found = JWKSClient()
    assert found.get_key(keys.KEY_ID).public_numbers() == keys.PUBLIC_KEY.public_numbers()
    found.get_key(keys.KEY_ID)
    assert issuer.requests == 1


def test_key_rotation_adds_the_new_key_and_removes_the_old_one(issuer, clock):
    found = JWKSClient()
    found.get_key(keys.KEY_ID)
    issuer.content = {"keys": [keys.jwk("second")]}
    clock.now += 5.1
    assert found.get_key("second") is not None
    assert found.get_key(keys.KEY_ID) is None
    assert issuer.requests == 2


def test_unknown_keys_are_fetched_at_most_every_5_seconds(issuer, clock):
    found = JWKSClient()
    found.get_key(keys.KEY_ID)
    assert [found.get_key(f"invented-{number}") for number in range(50)] == [None] * 50
    assert issuer.requests == 1
    clock.now += 5.1
    assert [found.get_key(f"invented-{number}") for number in range(50)] == [None] * 50
    assert issuer.requests == 2


def test_concurrent_threads_fetch_the_keys_once(issuer):
    found = JWKSClient()
    assert None not in run_concurrently(*[lambda: found.get_key(keys.KEY_ID)] * 16, connect=False)
    assert issuer.requests == 1


def test_cached_keys_are_used_while_the_issuer_is_unavailable(issuer, clock, settings):
    found = JWKSClient()
    found.get_key(keys.KEY_ID)
    settings.JWKS_URL = f"http://127.0.0.1:{free_port()}/"
    clock.now += 1000
    assert found.get_key("unknown") is None
    assert found.get_key(keys.KEY_ID) is not None


def test_without_keys_a_request_is_503_and_the_next_one_fetches_them(settings, issuer, clock):
    url, settings.JWKS_URL = settings.JWKS_URL, f"http://127.0.0.1:{free_port()}/"
    found = JWKSClient()
    with pytest.raises(ServiceUnavailable):
        found.get_key(keys.KEY_ID)
    settings.JWKS_URL = url
    clock.now += 0.001
    assert found.get_key(keys.KEY_ID) is not None


INVALID_KEY_SETS = [
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


@pytest.mark.parametrize(
    "content", INVALID_KEY_SETS, ids=[str(content)[:60] for content in INVALID_KEY_SETS]
)
def test_an_invalid_key_set_counts_as_unavailable(issuer, clock, content):
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
def test_an_error_of_the_issuer_counts_as_unavailable(issuer, status, content):
    issuer.status, issuer.content = status, content
    with pytest.raises(ServiceUnavailable):
        JWKSClient().get_key(keys.KEY_ID)


def test_invalid_keys_of_the_key_set_are_ignored(issuer):
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


def test_a_token_for_a_key_of_another_kind_is_rejected(issuer, monkeypatch):
    issuer.content = {"keys": [{"kty": "oct", "kid": "o", "k": part(b"s" * 32)}, keys.jwk()]}
    found = JWKSClient()
    monkeypatch.setattr(tokens, "get_key_provider", lambda: found)
    for token in (
        keys.access_token(key_id="o"),
        jwt.encode(keys.claims("staff"), b"s" * 32, algorithm="HS256", headers={"kid": "o"}),
    ):
        with pytest.raises(InvalidToken):
            verify(token)


def test_the_refresh_thread_retries_until_keys_are_fetched(issuer, monkeypatch):
    monkeypatch.setattr(tokens, "RETRY_INTERVAL", 0.01)
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


def test_a_slow_issuer_is_a_timeout(settings, scripted_server):
    client_closed = threading.Event()
    settings.JWKS_URL = scripted_server(
        drip_bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", client_closed)
    ).url
    with pytest.raises(ServiceUnavailable):
        JWKSClient().get_key("any")
    assert client_closed.wait(10)

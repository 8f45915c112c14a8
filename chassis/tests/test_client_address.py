"""The client's address, behind the gateway and without it."""

import pytest
from django.conf import settings

from chassis.client_address import origin, rate_limit_key, resolve_client_ip

SECRET = settings.TRUSTED_PROXY_SECRET
CONNECTION = "10.0.0.1"


def resolved(**headers):
    meta = {"REMOTE_ADDR": CONNECTION, **{f"HTTP_{name}": value for name, value in headers.items()}}
    resolve_client_ip(meta)
    assert "HTTP_X_PROXY_SECRET" not in meta
    return meta["REMOTE_ADDR"]


@pytest.mark.parametrize("client", ["203.0.113.7", "2001:db8::7"])
def test_with_the_secret_the_address_is_the_forwarded_one(client):
    assert resolved(X_PROXY_SECRET=SECRET, X_FORWARDED_FOR=client) == client


@pytest.mark.parametrize("key", ["", "x", SECRET[:-1], f"{SECRET}x", SECRET.upper(), "\u00e9"])
def test_with_a_wrong_secret_it_is_that_of_the_connection(key):
    assert resolved(X_PROXY_SECRET=key, X_FORWARDED_FOR="203.0.113.7") == CONNECTION


def test_without_a_secret_it_is_that_of_the_connection():
    assert resolved(X_FORWARDED_FOR="203.0.113.7") == CONNECTION


def test_without_a_configured_secret_no_secret_is_accepted(settings):
    settings.TRUSTED_PROXY_SECRET = ""
    assert resolved(X_PROXY_SECRET="", X_FORWARDED_FOR="203.0.113.7") == CONNECTION
    del settings.TRUSTED_PROXY_SECRET
    assert resolved(X_PROXY_SECRET=SECRET, X_FORWARDED_FOR="203.0.113.7") == CONNECTION


@pytest.mark.parametrize(
    "forwarded", ["", "x", "203.0.113.7, 203.0.113.8", "203.0.113.7:80", "localhost", "\u00e9"]
)
def test_an_invalid_address_from_the_gateway_is_ignored(forwarded):
    assert resolved(X_PROXY_SECRET=SECRET, X_FORWARDED_FOR=forwarded) == CONNECTION


def test_the_secret_is_removed_before_the_view_is_called(client):
    seen = client.get(
        "/api/client/", headers={"X-Proxy-Secret": SECRET, "X-Forwarded-For": "203.0.113.7"}
    ).json()
    assert seen == {"address": "203.0.113.7", "key": None}


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_the_rate_limit_key_is_an_ipv4_address_or_an_ipv6_network(address, counted):
    assert rate_limit_key(address) == counted


def origin_of(client, **headers):
    meta = {"wsgi.url_scheme": "http", "REMOTE_ADDR": CONNECTION}
    meta |= {f"HTTP_{name}": value for name, value in headers.items()}
    resolve_client_ip(meta)
    request = client.get("/nothing").wsgi_request
    request.META = meta
    return origin(request)


def test_the_origin_is_what_the_client_used_at_the_gateway(client):
    headers = {"X_FORWARDED_PROTO": "https", "X_FORWARDED_HOST": "shop.example.com:8443"}
    assert (
        origin_of(client, X_PROXY_SECRET=SECRET, HOST="order-service", **headers)
        == "https://shop.example.com:8443"
    )


def test_without_a_proxy_the_origin_is_that_of_the_host_header(client):
    assert origin_of(client, HOST="localhost:8003") == "http://localhost:8003"
    assert origin_of(client, HOST="[::1]:8003") == "http://[::1]:8003"


@pytest.mark.parametrize(
    "headers",
    [
        {"HOST": "localhost", "X_FORWARDED_PROTO": "https"},
        {"HOST": "localhost", "X_FORWARDED_HOST": "evil.example"},
        {"HOST": "localhost", "FORWARDED": "proto=https"},
        {"HOST": "localhost", "VIA": "1.1 proxy"},
        {"HOST": "localhost", "X_PROXY_SECRET": "wrong", "X_FORWARDED_HOST": "evil.example"},
        {"HOST": "localhost", "X_PROXY_SECRET": SECRET},
        {
            "X_PROXY_SECRET": SECRET,
            "X_FORWARDED_PROTO": "javascript",
            "X_FORWARDED_HOST": "shop.example.com",
        },
        {
            "X_PROXY_SECRET": SECRET,
            "X_FORWARDED_PROTO": "https",
            "X_FORWARDED_HOST": "shop.example.com/x?y",
        },
        {},
    ],
)
def test_an_untrusted_origin_is_empty(client, headers):
    assert origin_of(client, **headers) == ""

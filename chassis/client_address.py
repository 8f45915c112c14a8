"""The client's IP address, and the scheme and host it used, as the gateway forwards them.

The gateway sends X-Forwarded-For, -Proto and -Host with TRUSTED_PROXY_SECRET. Without that secret
a client may have written these headers, so the address of the connection is used.
"""

import re
from hmac import compare_digest
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings

from chassis.context import HasMeta

CLIENT_IP_KEY = "chassis.client_ip"
"""META key of the client's address, set for requests from the gateway. No header can have it."""
ORIGIN = "chassis.origin"
IPV6_PREFIX = 64
"""Bits of an IPv6 address that a client cannot choose; it can change the rest at will."""
FORWARDED = (
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_FORWARDED",
    "HTTP_VIA",
)
HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(:[0-9]{1,5})?|\[[0-9a-fA-F:.]{2,45}\](:[0-9]{1,5})?")


def resolve_client_ip(meta: dict[str, Any]) -> None:
    """Set REMOTE_ADDR to the client's address. Removes the secret, so that it is never logged."""
    secret = meta.pop("HTTP_X_PROXY_SECRET", "")
    if secret and _is_trusted(secret):
        if client := _parsed(meta.get("HTTP_X_FORWARDED_FOR", "")):
            meta["REMOTE_ADDR"] = meta[CLIENT_IP_KEY] = str(client)
        meta[ORIGIN] = _origin(
            meta.get("HTTP_X_FORWARDED_PROTO", ""), meta.get("HTTP_X_FORWARDED_HOST", "")
        )


def origin(request: HasMeta) -> str:
    """`https://shop.example.com` as the client used it; empty, for relative links, if unknown.

    A proxy without the secret may terminate HTTPS: a link with http:// would make clients send
    their tokens in clear text.
    """
    meta = request.META
    if ORIGIN in meta:
        return str(meta[ORIGIN])
    behind_a_proxy = any(name in meta for name in FORWARDED)
    return "" if behind_a_proxy else _origin(meta["wsgi.url_scheme"], meta.get("HTTP_HOST", ""))


def rate_limit_key(address: str) -> str:
    """The IPv4 address, or the /64 network of an IPv6 address."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped or ip_network((int(parsed), IPV6_PREFIX), strict=False))
    return str(parsed or address)


def _origin(scheme: str, host: str) -> str:
    return f"{scheme}://{host}" if scheme in {"http", "https"} and HOST.fullmatch(host) else ""


def _is_trusted(secret: str) -> bool:
    expected = getattr(settings, "TRUSTED_PROXY_SECRET", "")
    return bool(expected) and compare_digest(secret.encode(), expected.encode())


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address.strip())
    except ValueError:
        return None

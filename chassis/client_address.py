"""What the gateway says of a request's client: its address, and the scheme and host that it used.

The gateway sends X-Forwarded-For, -Proto and -Host, and TRUSTED_PROXY_SECRET beside them. Without the key these headers are what anybody
may have written: then the address is that of the connection.
"""

import re
from hmac import compare_digest
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings

from chassis.context import HasMeta

CLIENT_IP_KEY = "chassis.client_ip"
"""Where META has the client's address of a request that came through the gateway. (No header can have this name.)"""
ORIGIN = "chassis.origin"
IPV6_PREFIX = 64
"""Bits of an IPv6 address that a client cannot choose by itself; the rest it can change with every request."""
FORWARDED = (
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_FORWARDED",
    "HTTP_VIA",
)
HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(:[0-9]{1,5})?|\[[0-9a-fA-F:.]{2,45}\](:[0-9]{1,5})?")


def resolve_client_ip(meta: dict[str, Any]) -> None:
    """Put the client's address into REMOTE_ADDR. The key goes no further than this, and so into no log."""
    key = meta.pop("HTTP_X_PROXY_SECRET", "")
    if key and _is_ours(key):
        if client := _parsed(meta.get("HTTP_X_FORWARDED_FOR", "")):
            meta["REMOTE_ADDR"] = meta[CLIENT_IP_KEY] = str(client)
        meta[ORIGIN] = _origin(
            meta.get("HTTP_X_FORWARDED_PROTO", ""), meta.get("HTTP_X_FORWARDED_HOST", "")
        )


def origin(request: HasMeta) -> str:
    """`https://shop.example.com`, as the client wrote it; empty, for relative links, where that is not known.

    A proxy without the key may have HTTPS before it: a link with http:// would make clients send their tokens in clear.
    """
    meta = request.META
    if ORIGIN in meta:
        return str(meta[ORIGIN])
    behind_a_proxy = any(name in meta for name in FORWARDED)
    return "" if behind_a_proxy else _origin(meta["wsgi.url_scheme"], meta.get("HTTP_HOST", ""))


def rate_limit_key(address: str) -> str:
    """What to count by: an IPv4 address, or the /64 that a household or a server has of IPv6."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped or ip_network((int(parsed), IPV6_PREFIX), strict=False))
    return str(parsed or address)


def _origin(scheme: str, host: str) -> str:
    return f"{scheme}://{host}" if scheme in {"http", "https"} and HOST.fullmatch(host) else ""


def _is_ours(key: str) -> bool:
    ours = getattr(settings, "TRUSTED_PROXY_SECRET", "")
    return bool(ours) and compare_digest(key.encode(), ours.encode())


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address.strip())
    except ValueError:
        return None

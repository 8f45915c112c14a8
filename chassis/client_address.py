"""Whom a request comes from, behind the gateway too.

The gateway sends the client's address on in X-Forwarded-For, and GATEWAY_KEY beside it. Without the key an
X-Forwarded-For is somebody's invention, and the address is that of the connection.
"""

from hmac import compare_digest
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings

BEHIND_GATEWAY = "shop.client"
"""Where META has the client's address of a request that came through the gateway. (No header can have this name.)"""
HOUSEHOLD = 64
"""Bits of an IPv6 address that a client cannot choose by itself; the rest it can change with every request."""


def settle(meta: dict[str, Any]) -> None:
    """Put the client's address into REMOTE_ADDR. The key goes no further than this, and so into no log."""
    key = meta.pop("HTTP_GATEWAY_KEY", "")
    if key and _is_ours(key) and (client := _parsed(meta.get("HTTP_X_FORWARDED_FOR", ""))):
        meta["REMOTE_ADDR"] = meta[BEHIND_GATEWAY] = str(client)


def network(address: str) -> str:
    """What to count by: an IPv4 address, or the /64 that a household or a server has of IPv6."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped or ip_network((int(parsed), HOUSEHOLD), strict=False))
    return str(parsed or address)


def _is_ours(key: str) -> bool:
    ours = getattr(settings, "GATEWAY_KEY", "")
    return bool(ours) and compare_digest(key.encode(), ours.encode())


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address.strip())
    except ValueError:
        return None

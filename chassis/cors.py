"""CORS headers that pages of CORS_ALLOWED_ORIGINS may send and read."""

from collections.abc import Iterable

ALLOW_HEADERS = (
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "traceparent",
    "x-request-id",
)
EXPOSE_HEADERS = (
    "etag",
    "idempotency-replayed",
    "location",
    "retry-after",
    "traceparent",
    "www-authenticate",
    "x-request-id",
)


def https_origins(hosts: Iterable[str]) -> list[str]:
    """Our origins behind a proxy that terminates HTTPS, from ALLOWED_HOSTS.

    `.example.com` includes its subdomains.
    """
    return [f"https://{'*' if host.startswith('.') else ''}{host}" for host in hosts if host != "*"]

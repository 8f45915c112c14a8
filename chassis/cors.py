"""What browsers of another origin may send and read (CORS), where CORS_ALLOWED_ORIGINS lets them in."""

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
    """Our own origins as a browser names them when a proxy speaks HTTPS for us, from ALLOWED_HOSTS; `.example.com` is all of it."""
    return [f"https://{'*' if host.startswith('.') else ''}{host}" for host in hosts if host != "*"]

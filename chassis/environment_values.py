"""Parsers of environment variables.

Each raises ValidationError whose message follows the variable's name. The message does not repeat a
value that may contain a password.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import unquote as unquote_name
from ipaddress import IPv4Address, IPv6Address
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import psycopg2
from environs import ValidationError
from psycopg2.extensions import parse_dsn

DATABASE = "has to look like postgres://user:password@host:port/name"
MAIL = "has to look like smtp+tls://user:password@host:587 or consolemail://"
HOSTS = (
    "has to be host names without scheme, port and underscores, with commas between them, such as"
    " shop.example.com, .example.com, [::1] or *, not {!r}"
)
ORIGINS = (
    "has to be origins as browsers send them, with commas between them: lower case, no path, no"
    " default port, such as https://shop.example.com, not {!r}"
)
RATE = "has to look like 60/min (or s, hour, day), not {!r}"
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
UPSTREAM_HOST = re.compile(r"[\w.-]+|\[?[0-9a-f:.]+\]?", re.ASCII | re.IGNORECASE)
"""A host that we call: it may have an underscore, such as a container's name."""
DEFAULT_PORTS = {"http": 80, "https": 443}
SMTP: dict[str, tuple[int, dict[str, bool]]] = {
    "smtp": (25, {}),
    "smtp+tls": (587, {"EMAIL_USE_TLS": True}),
    "smtp+ssl": (465, {"EMAIL_USE_SSL": True}),
    "smtps": (465, {"EMAIL_USE_SSL": True}),
}
BACKEND = "django.core.mail.backends.{}.EmailBackend"


def is_host(text: str) -> bool:
    """Whether it is valid in a Host header, where Django rejects underscores."""
    if text.startswith("[") or re.fullmatch(r"[0-9.]+", text):
        with suppress(ValueError):
            return bool(
                IPv6Address(text[1:-1]) if text[0] + text[-1] == "[]" else IPv4Address(text)
            )
        return False
    return len(text) <= 253 and all(LABEL.fullmatch(label) for label in text.split("."))


def allowed_hosts(text: str) -> list[str]:
    hosts = _items(text)
    for host in hosts:
        if host != "*" and not is_host(host.removeprefix(".")):
            raise ValidationError(HOSTS.format(host))
    return hosts


def origins(text: str) -> list[str]:
    found = _items(text)
    for origin in found:
        url = _http_url(origin)
        if (
            not url
            or origin != f"{url.scheme}://{url.netloc.lower()}"
            or url.port == DEFAULT_PORTS[url.scheme]
        ):
            raise ValidationError(ORIGINS.format(origin))
    return found


def rate(text: str) -> tuple[int, int]:
    parts = re.fullmatch(r"([1-9][0-9]{0,6})/(s|sec|second|m|min|minute|h|hour|d|day)", text)
    if not parts:
        raise ValidationError(RATE.format(text))
    return int(parts[1]), SECONDS[parts[2][0]]


def base_url(text: str) -> str:
    url = _http_url(text)
    if not url or url.path not in ("", "/"):
        raise ValidationError(f"has to look like http://host:port, not {text!r}")
    return text.rstrip("/")


def web_address(text: str) -> str:
    if not _http_url(text):
        raise ValidationError(f"has to look like https://shop.example.com, not {text!r}")
    return text.rstrip("/")


def endpoint(text: str) -> str:
    if text and not _http_url(text, is_valid_host=UPSTREAM_HOST.fullmatch):
        raise ValidationError(f"has to look like http://host:port, not {text!r}")
    return text


def sender(text: str) -> str:
    named = re.fullmatch(r"(?P<name>[^<>]+?)\s*<(?P<address>[^<>]+)>", text)
    name, address = (unquote_name(named["name"]), named["address"]) if named else ("", text)
    local, _, domain = address.rpartition("@")
    try:
        if not (text.isprintable() and address.isascii() and local and is_host(domain)):
            raise ValueError(address)
        return str(Address(display_name=name, addr_spec=address))
    except (ValueError, IndexError, MessageError) as error:
        raise ValidationError(f"has to be like Shop <shop@example.com>, not {text!r}") from error


def mail(text: str) -> dict[str, Any]:
    url = _split(text)
    if url is None or url.query or url.fragment:
        raise ValidationError(MAIL)
    if url.scheme in SMTP:
        return _smtp(url)
    if url.scheme == "filemail" and not url.netloc and len(url.path) > 1:
        return {"EMAIL_BACKEND": BACKEND.format("filebased"), "EMAIL_FILE_PATH": unquote(url.path)}
    if url.scheme not in ("consolemail", "dummymail") or url.netloc or url.path:
        raise ValidationError(MAIL)
    return {"EMAIL_BACKEND": BACKEND.format(url.scheme.removesuffix("mail"))}


def _smtp(url: SplitResult) -> dict[str, Any]:
    port, encryption = SMTP[url.scheme]
    is_complete = bool(url.username) == bool(
        url.password
    )  # Django authenticates with both or not at all
    if (
        not UPSTREAM_HOST.fullmatch(url.hostname or "")
        or url.path not in ("", "/")
        or not is_complete
    ):
        raise ValidationError(MAIL)
    return {
        "EMAIL_BACKEND": BACKEND.format("smtp"),
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": url.port or port,
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        **encryption,
    }


def database(text: str) -> dict[str, Any]:
    try:
        parts = parse_dsn(text) if re.match("postgres(ql)?://", text) else {}
    except psycopg2.Error as error:
        raise ValidationError(DATABASE) from error
    port = parts.pop("port", "")
    if not parts.get("dbname") or not all(map(_is_port, port.split(",") if port else [])):
        raise ValidationError(DATABASE)
    settings = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host"}
    found = {setting: parts.pop(part, "") for setting, part in settings.items()}
    return {"ENGINE": "django.db.backends.postgresql", "PORT": port, "OPTIONS": parts, **found}


def _is_port(text: str) -> bool:
    return bool(re.fullmatch("[0-9]{0,5}", text)) and (not text or 0 < int(text) < 65536)


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _http_url(text: str, is_valid_host: Callable[[str], object] = is_host) -> SplitResult | None:
    """None unless it is an http(s) URL without user, query and fragment, and with a valid host."""
    url = _split(text)
    if not url or not re.fullmatch(r"https?://[^?#@\\\s]+", text):
        return None
    name = url.netloc.rpartition(":")[0] if url.port else url.netloc
    return url if is_valid_host(name) else None


def _split(text: str) -> SplitResult | None:
    try:
        url = urlsplit(text)
        return url if url.port != 0 and text.isprintable() and " " not in text else None
    except ValueError:  # an invalid port or IPv6 address
        return None

"""Reading the environment: every problem is one line that names the variable, and exit status 1."""

import re
from collections.abc import Mapping
from os import environ as process_environment
from typing import Any, NoReturn
from urllib.parse import urlsplit

import environ

SHORTEST_SECRET = 32


class Environment:
    """The variables of one process, read once at start-up."""

    def __init__(self, source: Mapping[str, str] = process_environment) -> None:
        self._source = source
        self.local = self.flag("DJANGO_DEBUG", default=False)
        """A local run, where the default secrets are good enough."""
        if self._source.get("CRASH_AT") and not self.local:
            refuse("CRASH_AT", "makes the process die, for proofs (chassis.crash_points); it is not for a run in earnest")

    def text(self, name: str, default: str | None = None) -> str:
        value = self._source.get(name, "").strip() or default
        return refuse(name, "is not set") if value is None else value

    def words(self, name: str, default: str = "") -> list[str]:
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def flag(self, name: str, default: bool) -> bool:
        value = self.text(name, str(int(default))).lower()
        if value not in {"0", "1", "false", "true"}:
            refuse(name, f"has to be 0 or 1, not {value!r}")
        return value in {"1", "true"}

    def number(self, name: str, default: int, least: int = 1, most: int = 1000) -> int:
        value = self.text(name, str(default))
        if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            refuse(name, f"has to be a whole number from {least} to {most}, not {value!r}")
        return int(value)

    def choice(self, name: str, default: str, choices: set[str]) -> str:
        value = self.text(name, default)
        if value not in choices:
            refuse(name, f"has to be one of {', '.join(sorted(choices))}, not {value!r}")
        return value

    def pattern(self, name: str, default: str, pattern: str, meaning: str) -> str:
        value = self.text(name, default)
        if not re.fullmatch(pattern, value):
            refuse(name, f"has to be {meaning}, not {value!r}")
        return value

    def base_url(self, name: str) -> str:
        """Scheme, host and port of a neighbour, without a path."""
        value = self.text(name).rstrip("/")
        if not re.fullmatch(r"https?://[^/?#@\s]+", value) or not _has_host_and_port(value):
            refuse(name, f"has to look like http://host:port, not {value!r}")
        return value

    def origins(self, name: str) -> list[str]:
        """Where browsers' pages come from: scheme, host and port of each, without a path."""
        values = self.words(name)
        for value in values:
            if not re.fullmatch(r"https?://[^/?#@\s]+", value) or not _has_host_and_port(value):
                refuse(name, f"has to be origins like https://host:port with commas between them, not {value!r}")
        return values

    def endpoint(self, name: str) -> str:
        """A URL that may have a path, or nothing."""
        value = self.text(name, "")
        if value and not (re.fullmatch(r"https?://[^?#@\s]+", value) and _has_host_and_port(value)):
            refuse(name, f"has to look like http://host:port, not {value!r}")
        return value

    def secret(self, name: str, local_default: str) -> str:
        """A secret: the marked default is for local runs only, and production refuses it by name."""
        value = self.text(name, local_default if self.local else None)
        if value == local_default and not self.local:
            refuse(name, "still has its default for local runs; set a secret of your own")
        return value

    def key(self, name: str, local_default: str) -> str:
        """A secret that signs or encrypts, and so has to be long."""
        value = self.secret(name, local_default)
        if len(value) < SHORTEST_SECRET:
            refuse(name, f"has to be at least {SHORTEST_SECRET} characters long")
        return value

    def optional_key(self, name: str, local_default: str) -> str:
        """A key without which something is off; empty then."""
        return self.key(name, local_default) if self.text(name, "") else ""

    def mail(self, name: str = "EMAIL_URL") -> dict[str, Any]:
        """Django's EMAIL_ settings, from `smtp+tls://user:password@host:port`; a local run writes mail to its log."""
        value = self.text(name, "consolemail://" if self.local else None)
        try:
            config: dict[str, Any] = dict(environ.Env.email_url_config(value))
        except Exception:
            config = {}
        backend = config.get("EMAIL_BACKEND", "")
        needed = "EMAIL_HOST" if "smtp" in backend else "EMAIL_FILE_PATH" if "filebased" in backend else "EMAIL_BACKEND"
        if not config.get(needed) or config.pop("OPTIONS", None):
            refuse(name, "has to look like smtp+tls://user:password@host:587 or consolemail://")
        config["EMAIL_FILE_PATH"] = f"/{config['EMAIL_FILE_PATH']}"  # of filemail:///folder, which has lost its slash
        return config

    def database(self, name: str = "DATABASE_URL") -> dict[str, Any]:
        """Django's settings of a PostgreSQL database, from `postgres://user:password@host:port/name`."""
        value = self.text(name)
        try:
            # django-environ would warn of a scheme that it does not know, with the password in the warning.
            config: dict[str, Any] = dict(environ.Env.db_url_config(value)) if re.match(r"postgres(ql)?://", value) else {}
        except Exception:
            config = {}
        if not config.get("NAME"):
            refuse(name, "has to look like postgres://user:password@host:port/name")
        config["HOST"] = config["HOST"] or config.get("OPTIONS", {}).pop("host", "")  # `?host=/folder`: a unix socket's
        return config

    def optional_database(self, name: str) -> dict[str, Any]:
        """Empty where the variable is."""
        return self.database(name) if self.text(name, "") else {}


def _has_host_and_port(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0  # a port that is no number, or too large, raises
    except ValueError:
        return False


def refuse(name: str, why: str) -> NoReturn:
    raise SystemExit(f"{name} {why}.")

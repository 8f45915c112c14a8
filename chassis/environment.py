"""Reads environment variables. An invalid one ends the process with one line that names it."""

import os
from collections.abc import Callable, Collection
from typing import Any, NoReturn, TypeVar

from environs import EnvNotSetError, EnvValidationError, FileAwareEnv, ValidationError, validate

from chassis import environment_values as values

T = TypeVar("T")

MIN_KEY_LENGTH = 32
LOCAL_ONLY = "local-only"
"""Part of every default secret and of every default database password."""


RENAMED = {
    "DJANGO_DEBUG": "ENVIRONMENT to local or production",
    "DATABASE_POOLER": "DATABASE_USES_PGBOUNCER",
    "GATEWAY_KEY": "TRUSTED_PROXY_SECRET",
    "GATEWAY_ADMIN": "EXPOSE_ADMIN",
    "ORDERS_PER_MINUTE": "ORDER_RATE_LIMIT",
    "SERVICE_AUTH_KEY": "ORDER_TO_INVENTORY_KEY and ORDER_TO_USER_KEY",
    "CRASH_AT": "FAILPOINT",
}
"""Variables of earlier versions. A start with one of them fails instead of ignoring it."""


class Environment:
    """The variables of this process. An empty variable counts as not set.

    NAME_FILE may hold the path of a file with the value of NAME.
    """

    def __init__(self) -> None:
        self._reader = _Reader(strip_whitespace=True)
        for old, successor in RENAMED.items():
            if os.environ.get(old):
                fail(old, f"is not read any more: set {successor}")
        self.is_local = self.choice("ENVIRONMENT", "production", {"local", "production"}) == "local"
        self.workers = self.integer("WEB_CONCURRENCY", 2, maximum=64)
        """Checked in every process: gunicorn reads it first and would fail with a traceback."""
        if self.string("FAILPOINT", "") and not self.is_local:
            fail(
                "FAILPOINT",
                "stops the process on purpose (chassis.failpoints) and is rejected in production",
            )

    def string(self, name: str, default: str | None = None) -> str:
        return self._read(self._reader.str, name, ... if default is None else default)

    def boolean(self, name: str, default: bool) -> bool:
        wrong = {"invalid": "has to be 0 or 1, not {input!r}"}
        return self._read(self._reader.bool, name, default, error_messages=wrong)

    def integer(self, name: str, default: int, minimum: int = 1, maximum: int = 1000) -> int:
        wrong = f"has to be a whole number from {minimum} to {maximum}, not '{{input}}'"
        in_range = validate.Range(minimum, maximum, error=wrong)
        return self._read(
            self._reader.int, name, default, validate=in_range, error_messages={"invalid": wrong}
        )

    def choice(self, name: str, default: str, choices: Collection[str], meaning: str = "") -> str:
        meaning = meaning or f"one of {', '.join(sorted(choices))}"
        one_of = validate.OneOf(tuple(choices), error=f"has to be {meaning}, not {{input!r}}")
        return self._read(self._reader.str, name, default, validate=one_of)

    def rate(self, name: str, default: str) -> tuple[int, int]:
        """Number of requests and period in seconds, from DRF's notation such as 60/min."""
        return self._parsed(name, default, values.rate)

    def hosts(self, name: str, default: str) -> list[str]:
        """Django's ALLOWED_HOSTS."""
        return self._parsed(name, default, values.allowed_hosts)

    def origins(self, name: str) -> list[str]:
        """Origins as browsers send them."""
        return self._parsed(name, "", values.origins)

    def base_url(self, name: str) -> str:
        """Scheme, host and port of another service, without a path."""
        return self._parsed(name, None, values.base_url)

    def web_address(self, name: str, default: str) -> str:
        """A URL that may have a path; its last slash is removed."""
        return self._parsed(name, default, values.web_address)

    def endpoint(self, name: str) -> str:
        """A URL that is only called; may be empty."""
        return self._parsed(name, "", values.endpoint)

    def sender(self, name: str, default: str) -> str:
        """An e-mail address for a From header, with or without a display name."""
        return self._parsed(name, default, values.sender)

    def secret(self, name: str, local_default: str) -> str:
        """The default is for local runs. Production rejects every local default."""
        value = self.string(name, local_default if self.is_local else None)
        if not self.is_local and (value == local_default or LOCAL_ONLY in value):
            fail(name, "still has a default for local runs; set a secret of your own")
        return value

    def key(self, name: str, local_default: str) -> str:
        """A secret of at least MIN_KEY_LENGTH characters, to sign or encrypt with."""
        value = self.secret(name, local_default)
        if len(value) < MIN_KEY_LENGTH:
            fail(name, f"has to be at least {MIN_KEY_LENGTH} characters long")
        if not (
            value.isascii() and value.isprintable()
        ):  # TRUSTED_PROXY_SECRET is sent in a header
            fail(name, "has to consist of printable ASCII characters")
        return value

    def optional_key(self, name: str, local_default: str) -> str:
        """A key that enables a feature; empty if not set."""
        return self.key(name, local_default) if self.string(name, "") else ""

    def email_config(self) -> dict[str, Any]:
        """Django's EMAIL_ settings, from EMAIL_URL, such as `smtp+tls://user:password@host:port`."""
        settings = self._parsed(
            "EMAIL_URL", "consolemail://" if self.is_local else None, values.mail
        )
        if not self.is_local and "console" in settings["EMAIL_BACKEND"]:
            fail(
                "EMAIL_URL",
                "is consolemail://, which writes mail to the log; set a mail server",
            )
        return settings

    def database_config(self, name: str = "DATABASE_URL") -> dict[str, Any]:
        """Django's database settings, from `postgres://user:password@host:port/name`."""
        settings = self._parsed(name, None, values.database)
        if not self.is_local and LOCAL_ONLY in settings["PASSWORD"]:
            fail(name, "still has a default password for local runs; set one of your own")
        return settings

    def _parsed(self, name: str, default: str | None, parse: Callable[[str], T]) -> T:
        try:
            return parse(self.string(name, default))
        except ValidationError as error:
            fail(name, str(error.messages[0]))

    def _read(self, read: Callable[..., T], name: str, default: Any, **options: Any) -> T:
        try:
            return read(name, default, **options)
        except EnvNotSetError:
            fail(name, "is not set")
        except EnvValidationError as error:
            fail(name, next(iter(error.error_messages)))

    def optional_database_config(self, name: str) -> dict[str, Any]:
        """As database_config; empty if the variable is not set."""
        return self.database_config(name) if self.string(name, "") else {}


class _Reader(FileAwareEnv):
    def _get_value(self, env_key: str, default: Any) -> Any:
        file = f"{env_key}{self.file_suffix}"
        if os.environ.get(env_key, "").strip() and os.environ.get(file, ""):
            fail(file, f"is set, and {env_key} as well; set one of the two")
        try:
            value = super()._get_value(env_key, default)
        except (OSError, ValueError):
            fail(file, "has to be the path of a readable text file")
        return value.strip() or default if isinstance(value, str) else value


def fail(name: str, why: str) -> NoReturn:
    raise SystemExit(f"{name} {why}.")

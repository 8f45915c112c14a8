"""Logging to standard error, a line for each event, as JSON or for the console."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

import orjson

from chassis import context

# Our lines do not contain these ("Optimization" in the Logging HOWTO of Python's documentation).
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
logging._srcfile = None

CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
STANDARD_FIELDS = {*vars(logging.makeLogRecord({})), "message", "asctime"}


class JsonFormatter(logging.Formatter):
    """A record as a JSON object; each key of `extra` becomes a member.

    Used for every request: python-json-logger takes four times as long.
    """

    def __init__(self, service: str | None = None) -> None:
        super().__init__()
        self._static = {"service": service} if service else {}

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in vars(record).items() if name not in STANDARD_FIELDS},
            **self._static,
        }
        if record.exc_info:
            fields["exc_info"] = self.formatException(record.exc_info)
        try:
            return orjson.dumps(fields, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
        except TypeError:  # a lone surrogate
            return json.dumps(fields, default=repr)


class ConsoleFormatter(logging.Formatter):
    """Escapes control characters, so that a path with a line feed cannot forge a line."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        record.message = CONTROL_CHARACTERS.sub(_escaped, record.message)
        return super().formatMessage(record)


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()


class AddContext(logging.Filter):
    """Adds the request id and trace id of the current request to each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        current = context.get()
        record.request_id = current.request_id
        record.trace_id = current.traceparent.split("-")[1]
        return True


def configuration(service: str, level: str, style: str) -> dict[str, Any]:
    """Django's LOGGING. `style` is json or console."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"context": {"()": AddContext}},
        "formatters": {
            "json": {"()": "chassis.logs.JsonFormatter", "service": service},
            "console": {
                "()": "chassis.logs.ConsoleFormatter",
                "fmt": "%(asctime)s %(levelname)-7s %(name)s %(message)s [%(request_id)s]",
            },
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": style, "filters": ["context"]}
        },
        "root": {"handlers": ["stderr"], "level": level},
        # The request log has every 4xx and 5xx; Django would log them again.
        "loggers": {"django.request": {"level": "CRITICAL"}, "django.security": {"level": "ERROR"}},
    }


def gunicorn_logconfig(style: str) -> dict[str, Any]:
    """Gunicorn's `logconfig_dict`: the same format, without a request id.

    Gunicorn's setting `loglevel` still applies.
    """
    return {
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "chassis.logs.JsonFormatter"},
            "console": {
                "()": "chassis.logs.ConsoleFormatter",
                "fmt": "%(asctime)s %(levelname)-7s %(name)s %(message)s",
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": style}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {"gunicorn.error": {"handlers": ["stderr"], "propagate": False}},
    }

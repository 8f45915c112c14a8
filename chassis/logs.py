"""One line for each event on standard error, JSON or for the console, each with the request id."""

import logging
import re
from typing import Any

from chassis import context

# What no line of ours has, and each record would look up ("Optimization" in the Logging HOWTO of Python's documentation).
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
logging._srcfile = None

CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class ConsoleFormatter(logging.Formatter):
    """Escapes control characters, so that a path with a line feed in it does not make a line of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        record.message = CONTROL_CHARACTERS.sub(_escaped, record.message)
        return super().formatMessage(record)


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()


class AddContext(logging.Filter):
    """Puts the request id and trace id of the request being worked on into each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        now = context.current()
        record.request_id = now.request_id
        record.trace_id = now.traceparent.split("-")[1]
        return True


def configuration(service: str, level: str, style: str) -> dict[str, Any]:
    """Django's LOGGING. `style` is json or console."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"context": {"()": AddContext}},
        "formatters": {
            "json": {
                "()": "pythonjsonlogger.orjson.OrjsonFormatter",
                "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s %(trace_id)s",
                "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
                "static_fields": {"service": service},
            },
            "console": {
                "()": "chassis.logs.ConsoleFormatter",
                "fmt": "%(asctime)s %(levelname)-7s %(name)s %(message)s [%(request_id)s]",
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": style, "filters": ["context"]}},
        "root": {"handlers": ["stderr"], "level": level},
        # Django would log each 4xx and 5xx a second time; the request log has them all.
        "loggers": {"django.request": {"level": "CRITICAL"}, "django.security": {"level": "ERROR"}},
    }


def for_gunicorn(style: str) -> dict[str, Any]:
    """Gunicorn's `logconfig_dict`: what it says itself looks like all the rest. It belongs to no request.

    How much it says is a matter of its own setting `loglevel`, as without this.
    """
    return {
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": "pythonjsonlogger.orjson.OrjsonFormatter",
                "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s",
                "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
            },
            "console": {"()": "chassis.logs.ConsoleFormatter", "fmt": "%(asctime)s %(levelname)-7s %(name)s %(message)s"},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": style}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {"gunicorn.error": {"handlers": ["stderr"], "propagate": False}},
    }

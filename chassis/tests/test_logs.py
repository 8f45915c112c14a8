import json
import logging
from logging.config import dictConfig

import orjson
import pytest

from chassis import context, logs

FORGED = [
    "/a\n2026-01-01 INFO request forged",
    "/a\r\nforged",
    "/\x1b[2Jforged",
    "/\x00\x7f\x85forged",
    "/\u2028forged\u2029",
]


@pytest.fixture
def handlers():
    """Restores pytest's handlers of the root logger."""
    before = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:], logging.root.level = before


@pytest.mark.parametrize(
    "configuration",
    [
        logs.configuration("user", "INFO", "console"),
        {"version": 1} | logs.gunicorn_logconfig("console"),
    ],
)
@pytest.mark.parametrize("path", FORGED)
def test_a_path_cannot_forge_a_console_line(configuration, path, handlers, capsys):
    dictConfig(configuration)
    logging.getLogger().warning("GET %s", path)

    written = capsys.readouterr().err
    assert written.count("\n") == 1
    assert all(character.isprintable() for character in written.rstrip("\n"))
    assert "GET /" in written
    assert "forged" in written


def test_a_json_line_is_one_line(handlers, capsys):
    dictConfig(logs.configuration("user", "INFO", "json"))
    logging.getLogger().warning("GET %s", FORGED[0])

    [line] = capsys.readouterr().err.splitlines()
    assert orjson.loads(line)["message"] == f"GET {FORGED[0]}"


@pytest.mark.parametrize("unwritable", ["\ud800", object(), {1: "a"}])
def test_a_json_line_supports_any_value(unwritable, handlers, capsys):
    dictConfig(logs.configuration("user", "INFO", "json"))
    context.start("id-1")
    try:
        raise ValueError("no such thing")
    except ValueError:
        logging.getLogger("shop").exception(
            "failed: %s", "\ud800", extra={"subject": unwritable, "order": "SO-1"}
        )

    [text] = capsys.readouterr().err.splitlines()
    line = json.loads(text)
    assert (line["service"], line["logger"], line["level"], line["order"]) == (
        "user",
        "shop",
        "ERROR",
        "SO-1",
    )
    assert line["time"].endswith("+00:00")
    assert "ValueError: no such thing" in line["exc_info"]
    assert line["request_id"] == "id-1"
    assert line["subject"]

from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connections

import demo_data
from demo_data import SeedCommand, deterministic_uuid7, timestamp_of


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


class Command(SeedCommand):
    def seed(self) -> None:
        for item in self.progress("Items", "abc"):
            self.stdout.write(item)


def run(stdout: StringIO, **options: Any) -> str:
    Command(stdout=stdout).handle(**{"force": False, **options})
    return stdout.getvalue()


def test_an_id_is_a_deterministic_uuid7():
    assert (
        deterministic_uuid7("LGT-101")
        == deterministic_uuid7("LGT-101")
        != deterministic_uuid7("LGT-102")
    )
    assert deterministic_uuid7("LGT-101").version == 7


def test_an_id_has_the_given_timestamp_and_the_same_random_bits():
    timestamp = datetime(2026, 1, 31, 12, 0, 0, 123_000, tzinfo=UTC)
    assert timestamp_of(deterministic_uuid7("x", timestamp)) == timestamp
    assert deterministic_uuid7("x", timestamp).int % 2**80 == deterministic_uuid7("x").int % 2**80


def test_progress_prints_lines_without_a_terminal(db):
    assert run(StringIO()) == "Items …\na\nb\nc\n"


def test_progress_shows_a_bar_on_a_terminal(db):
    output = run(Terminal())
    assert "Items:   0%|" in output
    assert output.splitlines()[-1].strip() == ""


def test_concurrent_seeding_is_rejected(db):
    other = connections["default"].copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [demo_data.ADVISORY_LOCK])
        with pytest.raises(CommandError, match="Another process"):
            run(StringIO())
    finally:
        other.close()

from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connections

import demo_data
from demo_data import SeedCommand, moment_of, steady_id


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


class Command(SeedCommand):
    def seed(self) -> None:
        for thing in self.each("Things", "abc"):
            self.stdout.write(thing)


def said(screen: StringIO, **options: Any) -> str:
    Command(stdout=screen).handle(**{"force": False, **options})
    return screen.getvalue()


def test_an_id_is_the_same_each_time_and_of_version_7():
    assert steady_id("LGT-101") == steady_id("LGT-101") != steady_id("LGT-102")
    assert steady_id("LGT-101").version == 7


def test_an_id_is_as_old_as_it_says_and_keeps_its_chance():
    moment = datetime(2026, 1, 31, 12, 0, 0, 123_000, tzinfo=UTC)
    assert moment_of(steady_id("x", moment)) == moment
    assert steady_id("x", moment).int % 2**80 == steady_id("x").int % 2**80


def test_without_a_terminal_there_are_plain_lines(db):
    assert said(StringIO()) == "Things …\na\nb\nc\n"


def test_on_a_terminal_there_is_a_bar_that_goes_away(db):
    shown = said(Terminal())
    assert "Things:   0%|" in shown
    assert shown.splitlines()[-1].strip() == ""


def test_production_is_left_alone(db, monkeypatch):
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(CommandError, match=r"^ENVIRONMENT is production"):
        said(StringIO())
    assert said(StringIO(), force=True)


def test_two_do_not_fill_a_service_at_the_same_time(db):
    other = connections["default"].copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [demo_data.LOCK])
        with pytest.raises(CommandError, match="Somebody else"):
            said(StringIO())
    finally:
        other.close()

"""The base of each service's `manage.py seed_demo`, which fills it with demo data.

Ids are derived from names. So seeding is idempotent, services can refer to each other's rows
without requests, and changed rows stay as they are.
"""

import hashlib
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from tqdm import tqdm

from chassis.environment import Environment

T = TypeVar("T")

EPOCH, MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
FIRST_CREATED = datetime(2025, 1, 6, 8, tzinfo=UTC)
PERIOD_MINUTES = 200 * 24 * 60
"""Rows without a timestamp are created in this period after FIRST_CREATED."""
ADVISORY_LOCK = 7_305_010


def deterministic_uuid7(name: str, timestamp: datetime | None = None) -> UUID:
    """A UUIDv7 whose random bits (and, by default, its timestamp) are derived from `name`."""
    digest = hashlib.sha256(name.encode()).digest()
    minutes = int.from_bytes(digest[-4:]) % PERIOD_MINUTES
    created = timestamp or FIRST_CREATED + timedelta(minutes=minutes)
    random_bits = int.from_bytes(digest[:16])
    return UUID(
        int=(created - EPOCH) // MILLISECOND << 80
        | 7 << 76
        | (random_bits >> 64 & 0xFFF) << 64
        | 2 << 62
        | random_bits & 2**62 - 1
    )


def timestamp_of(uuid7: UUID) -> datetime:
    """The timestamp of a UUIDv7, to the millisecond."""
    return EPOCH + (uuid7.int >> 80) * MILLISECOND


class SeedCommand(BaseCommand):
    """Fails in production, and while another process is seeding the same service."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="seed in production")

    def handle(self, *args: Any, **options: Any) -> None:
        if not Environment().is_local and not options["force"]:
            raise CommandError(
                "ENVIRONMENT is production: the demo data could not be removed again. "
                "Use --force to seed nevertheless."
            )
        with _exclusive():
            self.seed()

    def seed(self) -> None:
        raise NotImplementedError

    def progress(self, description: str, items: Sequence[T]) -> Iterator[T]:
        """Iterates with a progress bar on a terminal, and prints a line elsewhere."""
        is_terminal = self.stdout.isatty()
        if not is_terminal:
            self.stdout.write(f"{description} …")
        yield from tqdm(
            items, desc=description, file=self.stdout, disable=not is_terminal, leave=False
        )


@contextmanager
def _exclusive() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_LOCK])
        if not cursor.fetchone()[0]:
            raise CommandError("Another process is seeding this service.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])

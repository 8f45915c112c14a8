"""The base of each service's `manage.py seed_demo`, which fills it with demo data.

Ids are derived from names. So seeding is idempotent, services can refer to each other's rows without requests, and changed rows
stay as they are.
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
OPENING = datetime(2025, 1, 6, 8, tzinfo=UTC)
MINUTES = 200 * 24 * 60
"""The period after OPENING in which rows without a timestamp are created."""
LOCK = 7_305_010


def steady_id(name: str, moment: datetime | None = None) -> UUID:
    """A deterministic UUIDv7: its random bits (and, by default, its timestamp) are derived from `name`."""
    digest = hashlib.sha256(name.encode()).digest()
    made = moment or OPENING + timedelta(minutes=int.from_bytes(digest[-4:]) % MINUTES)
    chance = int.from_bytes(digest[:16])
    return UUID(
        int=(made - EPOCH) // MILLISECOND << 80
        | 7 << 76
        | (chance >> 64 & 0xFFF) << 64
        | 2 << 62
        | chance & 2**62 - 1
    )


def moment_of(steady: UUID) -> datetime:
    """The timestamp of a UUIDv7, to the millisecond."""
    return EPOCH + (steady.int >> 80) * MILLISECOND


class SeedCommand(BaseCommand):
    """Fails in production, and while another process is seeding the same service."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="seed in production")

    def handle(self, *args: Any, **options: Any) -> None:
        if not Environment().is_local and not options["force"]:
            raise CommandError(
                "ENVIRONMENT is production: demo data would stay in this shop. --force seeds it nevertheless."
            )
        with _exclusive():
            self.seed()

    def seed(self) -> None:
        raise NotImplementedError

    def each(self, what: str, things: Sequence[T]) -> Iterator[T]:
        """Iterates with a progress bar on a terminal, and prints a line elsewhere."""
        if not self.stdout.isatty():
            self.stdout.write(f"{what} …")
        yield from tqdm(
            things, desc=what, file=self.stdout, disable=not self.stdout.isatty(), leave=False
        )


@contextmanager
def _exclusive() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise CommandError("Another process is seeding this service.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])

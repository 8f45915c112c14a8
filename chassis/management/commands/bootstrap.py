"""`manage.py bootstrap`: wait for the database, then migrate it. Safe to run in several replicas.

With MIGRATION_DATABASE_URL it connects as the tables' owner and grants the role of DATABASE_URL the
privileges that the service needs.
"""

import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, connection

from chassis import database, run_role

DATABASE_TIMEOUT = 60
LOCK = 7_305_001
"""Number of an advisory lock: one replica migrates, the others wait and find nothing to do."""


class Command(BaseCommand):
    help = "Wait for the database, then migrate it; safe to run in several replicas at once."

    def handle(self, *args: Any, **options: Any) -> None:
        run_as = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
        if settings.MIGRATION_DATABASE:
            run_role.connect_as_owner()
        wait_for_database()
        database.disable_timeouts()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            try:
                self.bootstrap()
                if settings.MIGRATION_DATABASE:
                    run_role.ensure(run_as["USER"], run_as["PASSWORD"])
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])

    def bootstrap(self) -> None:
        """Run in one replica at a time. A service may override this to create initial data."""
        call_command("migrate", interactive=False, verbosity=0)


def wait_for_database() -> None:
    deadline = time.monotonic() + DATABASE_TIMEOUT
    while True:
        try:
            return connection.ensure_connection()
        except OperationalError as error:
            if time.monotonic() > deadline:
                reason = " ".join(str(error).split())  # libpq writes a line for each address
                message = f"{_variable()}: the database cannot be reached: {reason}"
                raise SystemExit(message) from error
            time.sleep(0.5)


def _variable() -> str:
    return "MIGRATION_DATABASE_URL" if settings.MIGRATION_DATABASE else "DATABASE_URL"

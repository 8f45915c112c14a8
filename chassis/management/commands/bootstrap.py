"""`manage.py bootstrap`: waits for the database and migrates it. Several replicas may do so at once.

With MIGRATION_DATABASE_URL it works as the tables' owner, and gives the role of DATABASE_URL what the service needs.
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
"""Any number, the same in all replicas: whoever has it migrates, the others wait and find the work done."""


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
        """What one replica does for all. A service with more to set up adds to this."""
        call_command("migrate", interactive=False, verbosity=0)


def wait_for_database() -> None:
    deadline = time.monotonic() + DATABASE_TIMEOUT
    while True:
        try:
            return connection.ensure_connection()
        except OperationalError as error:
            if time.monotonic() > deadline:
                why = " ".join(str(error).split())  # libpq writes a line for each address it tried
                raise SystemExit(f"{_variable()}: the database cannot be reached: {why}") from error
            time.sleep(0.5)


def _variable() -> str:
    return "MIGRATION_DATABASE_URL" if settings.MIGRATION_DATABASE else "DATABASE_URL"

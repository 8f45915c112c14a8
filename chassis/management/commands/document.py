"""`manage.py document`: writes the service's documents into the repository's docs/. Needs no database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from chassis.documents import kept


class Command(BaseCommand):
    help = "Write docs/openapi and docs/errors of this service; with --release also the form that callers are promised."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--release", action="store_true", help="what later changes must not break is the form of now")

    def handle(self, *args: Any, **options: Any) -> None:
        files = kept.of_today()
        if options["release"]:
            files[kept.released()] = kept.as_text(kept.interface())
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

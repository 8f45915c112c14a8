"""`manage.py generate_demo_images ../gateway/pictures`: draws the pictures of the demo shop anew, after a change of its products or shapes."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from products.demo import catalogue


class Command(BaseCommand):
    help = "Draw the demo shop's pictures into a folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        entries = catalogue.entries()
        wanted = {catalogue.file_name(entry): catalogue.picture(entry) for entry in entries}
        folder: Path = options["folder"]
        folder.mkdir(exist_ok=True)
        for old in {each.name for each in folder.glob("*.svg")} - wanted.keys():
            (folder / old).unlink()
        for name, picture in wanted.items():
            (folder / name).write_text(picture)
        self.stdout.write(f"{len(wanted)} pictures in {folder}.")

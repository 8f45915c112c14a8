"""`manage.py generate_demo_images ../gateway/pictures`, after a change of the demo products."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from products.demo import products


class Command(BaseCommand):
    help = "Write the images of the demo products to a folder, and delete other .svg files there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        images = {products.image_name(entry): products.image(entry) for entry in products.entries()}
        folder: Path = options["folder"]
        folder.mkdir(exist_ok=True)
        for obsolete in {path.name for path in folder.glob("*.svg")} - images.keys():
            (folder / obsolete).unlink()
        for name, image in images.items():
            (folder / name).write_text(image)
        self.stdout.write(f"{len(images)} images in {folder}.")

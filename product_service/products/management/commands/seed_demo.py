"""`manage.py seed_demo`: the products of the demo shop."""

from django.core.management.base import CommandError

from demo_data import SeedCommand
from products.demo import catalogue
from products.errors import SkuTaken


class Command(SeedCommand):
    help = "Put the demo shop's products into the catalogue. What is there already stays as it is."

    def seed(self) -> None:
        entries = catalogue.entries()
        new = sum(self.add(entry) for entry in self.each("Products", entries))
        self.stdout.write(f"{len(entries)} products, {new} of them new.")

    def add(self, entry: catalogue.Entry) -> bool:
        try:
            return catalogue.add(entry)
        except SkuTaken as error:
            raise CommandError(
                f"The SKU {entry['sku']} belongs to a product that is not of the demo shop."
            ) from error

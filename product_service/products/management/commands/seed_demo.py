"""`manage.py seed_demo`: create the demo products."""

from django.core.management.base import CommandError

from demo_data import SeedCommand
from products.demo import products
from products.errors import DuplicateSku


class Command(SeedCommand):
    help = "Create the demo products. Existing ones stay as they are."

    def seed(self) -> None:
        entries = products.entries()
        created = sum(self.create(entry) for entry in self.progress("Products", entries))
        self.stdout.write(f"{len(entries)} products, {created} of them new.")

    def create(self, entry: products.Entry) -> bool:
        try:
            return products.create(entry)
        except DuplicateSku as error:
            raise CommandError(
                f"The SKU {entry['sku']} belongs to a product that is not part of the demo data."
            ) from error

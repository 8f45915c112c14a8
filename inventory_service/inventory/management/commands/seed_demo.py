"""`manage.py seed_demo`: the stock of the demo shop's products."""

from demo_data import SeedCommand
from inventory.demo import delivery


class Command(SeedCommand):
    help = "Receive the demo shop's stock. What is there already stays as it is."

    def seed(self) -> None:
        receipts = delivery.receipts()
        new = sum(delivery.receive(receipt) for receipt in self.progress("Stock", receipts))
        self.stdout.write(f"Stock of {len(receipts)} products, {new} of them new.")

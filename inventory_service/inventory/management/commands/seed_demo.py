from demo_data import SeedCommand
from inventory.demo import stock


class Command(SeedCommand):
    help = "Receive the stock of the demo products. Existing stock is not changed."

    def seed(self) -> None:
        receipts = stock.load_receipts()
        created = sum(stock.receive(receipt) for receipt in self.progress("Stock", receipts))
        self.stdout.write(f"Stock of {len(receipts)} products, {created} of them new.")

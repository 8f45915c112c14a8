"""`manage.py seed_demo`: some weeks of orders, after the product and the inventory service have been filled."""

from datetime import UTC, datetime

from django.core.management.base import CommandError

from demo_data import SeedCommand
from orders.demo import past, plan
from orders.errors import NeighbourAway


class Command(SeedCommand):
    help = "Place the demo shop's orders of the last weeks. What is there already stays as it is."

    def seed(self) -> None:
        now = datetime.now(UTC)
        planned = plan.orders()
        outcomes = [self.add(order, now) for order in self.progress("Orders", planned)]
        short = outcomes.count(None)
        self.stdout.write(f"{len(planned) - short} orders, {outcomes.count(True)} of them new.")
        if short:
            self.stdout.write(f"{short} more were not placed, because there is too little stock.")

    def add(self, order: plan.Planned, now: datetime) -> bool | None:
        try:
            return past.add(order, now)
        except NeighbourAway as error:
            raise CommandError(
                f"{error.detail} Whatever is missing will be there after another run."
            ) from error
        except LookupError as error:
            raise CommandError(f"{error} Run seed_demo of the product service first.") from error

"""`manage.py seed_demo`: demo orders; needs the demo data of the product and inventory services."""

from datetime import UTC, datetime

from django.core.management.base import CommandError

from demo_data import SeedCommand
from orders.demo import backdating, scenario
from orders.errors import DependencyUnavailable


class Command(SeedCommand):
    help = "Place the demo orders of the last weeks. Existing orders are not changed."

    def seed(self) -> None:
        now = datetime.now(UTC)
        planned = scenario.orders()
        outcomes = [self.add(order, now) for order in self.progress("Orders", planned)]
        short = outcomes.count(None)
        self.stdout.write(f"{len(planned) - short} orders, {outcomes.count(True)} of them new.")
        if short:
            self.stdout.write(f"{short} orders were not placed: there was not enough stock.")

    def add(self, order: scenario.PlannedOrder, now: datetime) -> bool | None:
        try:
            return backdating.add(order, now)
        except DependencyUnavailable as error:
            raise CommandError(f"{error.detail} Run it again to add the missing orders.") from error
        except LookupError as error:
            raise CommandError(f"{error} Run seed_demo of the product service first.") from error

"""`manage.py seed_demo`: the demo accounts, three of them with known passwords."""

from django.core.management.base import CommandError

from demo_data import SeedCommand
from users.demo import users
from users.errors import EmailTaken


class Command(SeedCommand):
    help = "Create the demo accounts and print those to sign in with. Leaves existing ones as is."

    def seed(self) -> None:
        rows = users.load()
        new = sum(self.create(row) for row in self.progress("Accounts", rows))
        self.stdout.write(f"{len(rows)} accounts, {new} of them new. To sign in with:")
        for row in rows:
            if "password" in row:
                self.stdout.write(f"  {row['role']:10}{row['email']:20}{row['password']}")

    def create(self, row: users.DemoUser) -> bool:
        try:
            return users.create(row)
        except EmailTaken as error:
            raise CommandError(
                f"{row['email']} has an account that is not a demo account."
            ) from error

"""`manage.py seed_demo`: the accounts of the demo shop, of which three are to sign in with."""

from django.core.management.base import CommandError

from demo_data import SeedCommand
from users.demo import people
from users.errors import EmailTaken


class Command(SeedCommand):
    help = "Make the demo shop's accounts, and say which to sign in with. What is there already stays as it is."

    def seed(self) -> None:
        everybody = people.people()
        new = sum(self.add(person) for person in self.progress("Accounts", everybody))
        self.stdout.write(f"{len(everybody)} accounts, {new} of them new. To sign in with:")
        for person in everybody:
            if "password" in person:
                self.stdout.write(f"  {person['role']:10}{person['email']:20}{person['password']}")

    def add(self, person: people.Person) -> bool:
        try:
            return people.add(person)
        except EmailTaken as error:
            raise CommandError(
                f"{person['email']} has an account that is not of the demo shop."
            ) from error

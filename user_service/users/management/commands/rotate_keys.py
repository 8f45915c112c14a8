"""`manage.py rotate_keys`: publish a new signing key. It ends no session."""

from typing import Any

from django.core.management.base import BaseCommand

from users.models import SigningKey
from users.services import signing_keys


class Command(BaseCommand):
    help = "Publish a new signing key; the old one retires when the new one becomes active."

    def handle(self, *args: Any, **options: Any) -> None:
        key = signing_keys.rotate()
        seconds = int(SigningKey.ACTIVATION_DELAY.total_seconds())
        self.stdout.write(f"Key {key.kid} is published, and signs in {seconds} s.")

"""`manage.py rotate_keys`: a new key signs access tokens from a minute on. Nobody is logged out."""

from typing import Any

from django.core.management.base import BaseCommand

from users.models import SigningKey
from users.services import signing_keys


class Command(BaseCommand):
    help = "Publish a new signing key; the old one retires when everybody knows the new one."

    def handle(self, *args: Any, **options: Any) -> None:
        key = signing_keys.rotate()
        seconds = int(SigningKey.KNOWN_BEFORE_USE.total_seconds())
        self.stdout.write(f"Key {key.kid} is published, and signs in {seconds} s.")

"""`manage.py bootstrap`: migrations, then the first signing key and the initial staff account."""

from django.conf import settings
from django.core.exceptions import ValidationError

from chassis.environment import fail
from chassis.management.commands.bootstrap import Command as Bootstrap
from users.errors import WeakPassword
from users.services import signing_keys, staff
from users.services.validation import validate_email_address


class Command(Bootstrap):
    help = "Wait for the database, migrate it, ensure a signing key and a staff account."

    def bootstrap(self) -> None:
        super().bootstrap()
        signing_keys.ensure()
        _ensure_initial_admin()


def _ensure_initial_admin() -> None:
    try:
        validate_email_address(settings.ADMIN_EMAIL)
        staff.ensure_initial_admin(email=settings.ADMIN_EMAIL, password=settings.ADMIN_PASSWORD)
    except ValidationError:
        fail("ADMIN_EMAIL", f"has to be an e-mail address, not {settings.ADMIN_EMAIL!r}")
    except WeakPassword as weak:
        rules = " ".join(error["message"] for error in weak.extra["errors"])
        fail("ADMIN_PASSWORD", f"is too easy to guess: {rules.rstrip('.')}")

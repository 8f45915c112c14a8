"""`manage.py bootstrap`: the database, then the first signing key and the first member of staff."""

from django.conf import settings
from django.core.exceptions import ValidationError

from chassis.environment import fail
from chassis.management.commands.bootstrap import Command as Bootstrap
from users.errors import WeakPassword
from users.services import signing_keys, staff
from users.validation import validate_address


class Command(Bootstrap):
    help = (
        "Wait for the database, migrate it, see that there is a signing key and a member of staff."
    )

    def bootstrap(self) -> None:
        super().bootstrap()
        signing_keys.ensure()
        first_staff()


def first_staff() -> None:
    try:
        validate_address(settings.ADMIN_EMAIL)
        staff.ensure_first(email=settings.ADMIN_EMAIL, password=settings.ADMIN_PASSWORD)
    except ValidationError:
        fail("ADMIN_EMAIL", f"has to be an e-mail address, not {settings.ADMIN_EMAIL!r}")
    except WeakPassword as weak:
        fail(
            "ADMIN_PASSWORD",
            f"is too easy to guess: {' '.join(error['message'] for error in weak.extra['errors'])}".rstrip(
                "."
            ),
        )

"""What several serializers have, and the values of the examples."""

from typing import Any

from rest_framework import serializers

from chassis.text import visible
from users.models import LONGEST_EMAIL, LONGEST_NAME
from users.validation import validate_ascii

USER = "0198c5f0-3d5e-7f19-b6c2-1e4a7b9d0f44"
MOMENT = "2026-01-31T12:00:00.000000Z"
EMAIL = "ada@example.com"
PASSWORD = "correct horse battery"  # noqa: S105  (an example)
SECRET = "3q2-7wEjRWeJq83vASNFZ4mrze8BI0VniavN7wEjRWc"  # noqa: S105  (an example)
EMAIL_TEXT = "The account's e-mail address; compared without regard to case."
NAME_TEXT = "What the user wants to be called."
LONGEST_NEW_PASSWORD = 128
LONGEST_PASSWORD = 1000
"""Of one that is only compared; a first password from the environment may be longer than users may choose."""
LONGEST_TOKEN = 500


def email_field(**options: Any) -> serializers.EmailField:
    """An e-mail address that an account may have."""
    return serializers.EmailField(
        max_length=LONGEST_EMAIL, validators=[validate_ascii], help_text=EMAIL_TEXT, **options
    )


def name_field(**options: Any) -> serializers.CharField:
    return serializers.CharField(
        max_length=LONGEST_NAME,
        allow_blank=True,
        trim_whitespace=False,
        required=False,
        validators=[visible],
        help_text=NAME_TEXT,
        **options,
    )


def password_field(
    max_length: int = LONGEST_PASSWORD, help_text: str = "The account's password.", **options: Any
) -> serializers.CharField:
    return serializers.CharField(
        max_length=max_length, trim_whitespace=False, help_text=help_text, **options
    )


def new_password_field() -> serializers.CharField:
    return password_field(LONGEST_NEW_PASSWORD, "8 characters at least, and hard to guess.")

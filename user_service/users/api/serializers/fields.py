"""Fields that several serializers share, and the values of the examples."""

from typing import Any, cast

from rest_framework import serializers

from chassis.text import visible
from users.models import EMAIL_MAX_LENGTH, NAME_MAX_LENGTH, User
from users.services.validation import validate_ascii

USER_ID = "0198c5f0-3d5e-7f19-b6c2-1e4a7b9d0f44"
TIMESTAMP = "2026-01-31T12:00:00.000000Z"
EMAIL = "ada@example.com"
PASSWORD = "correct horse battery"  # noqa: S105
TOKEN = "3q2-7wEjRWeJq83vASNFZ4mrze8BI0VniavN7wEjRWc"  # noqa: S105
NEW_PASSWORD_MAX_LENGTH = 128
PASSWORD_MAX_LENGTH = 1000
"""For verification only; ADMIN_PASSWORD may be longer than the passwords of users."""
TOKEN_MAX_LENGTH = 500


def help_text(column: str) -> str:
    return str(cast(Any, User._meta.get_field(column)).help_text)


def email_field(**options: Any) -> serializers.EmailField:
    """An e-mail address that an account can have."""
    return serializers.EmailField(
        max_length=EMAIL_MAX_LENGTH,
        validators=[validate_ascii],
        help_text=help_text("email"),
        **options,
    )


def name_field(**options: Any) -> serializers.CharField:
    return serializers.CharField(
        max_length=NAME_MAX_LENGTH,
        allow_blank=True,
        trim_whitespace=False,
        required=False,
        validators=[visible],
        help_text=help_text("name"),
        **options,
    )


def password_field(
    max_length: int = PASSWORD_MAX_LENGTH,
    help_text: str = "The password of the account.",
    **options: Any,
) -> serializers.CharField:
    return serializers.CharField(
        max_length=max_length, trim_whitespace=False, help_text=help_text, **options
    )


def new_password_field() -> serializers.CharField:
    return password_field(NEW_PASSWORD_MAX_LENGTH, "At least 8 characters, and hard to guess.")

"""Which e-mail addresses are accepted."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from users.models import EMAIL_MAX_LENGTH


def validate_ascii(address: str) -> None:
    """Other characters can look alike, or become equal in another case, and confuse accounts."""
    if not address.isascii():
        raise ValidationError(
            "Only ASCII characters; an international domain in its xn-- form.", code="not_ascii"
        )


def validate_email_address(address: str) -> None:
    validate_ascii(address)
    validate_email(address)
    if len(address) > EMAIL_MAX_LENGTH:
        raise ValidationError("Too long.", code="max_length")

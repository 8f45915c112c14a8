"""What an e-mail address may look like."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from users.models import LONGEST_EMAIL


def validate_ascii(address: str) -> None:
    """Letters that look alike, or become alike in the other case, would make two people of one address, or one of two."""
    if not address.isascii():
        raise ValidationError(
            "Only ASCII characters; an international domain in its xn-- form.", code="not_ascii"
        )


def validate_address(address: str) -> None:
    validate_ascii(address)
    validate_email(address)
    if len(address) > LONGEST_EMAIL:
        raise ValidationError("Too long.", code="max_length")

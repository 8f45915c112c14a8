"""Values that take more than a type to describe."""

import re
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import SplitResult, urlsplit

from django.core.validators import URLValidator
from rest_framework import serializers

ORDER = r"-?(name|price|created_at)"
PRICE = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?")
NO_ADDRESS = "Has to be an address such as https://images.example.com/lamp-1.jpg: http or https, without user name and password."


class Price(serializers.DecimalField):
    """`"19.99"` or `"20"`. A JSON number will do; its exponent is gone by now, but one in a string is refused."""

    pattern = f"^{PRICE.pattern}$"

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": 'Has to be an amount such as "19.99": at least 0, at most 10 digits and 2 places.',
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=12, decimal_places=2, **options)

    def to_internal_value(self, data: Any) -> Decimal:
        if not PRICE.fullmatch(str(data)):
            self.fail("invalid")
        return super().to_internal_value(data)


class Ordering(serializers.CharField):
    """`-price`, or `name,-price`: names of columns with commas between them, each with a minus for the other way round."""

    pattern = rf"^{ORDER}(,{ORDER}){{0,2}}$"

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": "Has to be name, price or created_at, with a minus before it for descending; several with commas, each once."
    }

    def to_internal_value(self, data: Any) -> Any:
        names = super().to_internal_value(data).split(",")
        if not all(re.fullmatch(ORDER, name) for name in names) or len(
            {name.lstrip("-") for name in names}
        ) < len(names):
            self.fail("invalid")
        return names


def one_line(text: str) -> None:
    """No two labels shall differ by what nobody can see."""
    if text != text.strip() or not text.isprintable():
        raise serializers.ValidationError(
            "Has to be printable characters, without spaces at the ends.", code="invalid"
        )


def picture_address(url: str) -> None:
    """A browser will ask for it: http or https, no password in it, and nothing in it that is no part of an address."""
    URLValidator(schemes=["http", "https"], message=NO_ADDRESS)(url)
    parts = urlsplit(url)
    if parts.username is not None or not _has_a_port_or_none(parts) or set(url) & set('"<>\\^`{|}'):
        raise serializers.ValidationError(NO_ADDRESS, code="invalid")


def _has_a_port_or_none(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False

"""Serializer fields."""

import re
from decimal import Decimal
from typing import Any, ClassVar

from rest_framework import serializers

SORT_FIELD = r"-?(name|price|created_at)"
PRICE = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?")


class Price(serializers.DecimalField):
    """`"19.99"` or `"20"`, or a JSON number. Rejects an exponent in a string."""

    pattern = f"^{PRICE.pattern}$"

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": (
            'Has to be an amount such as "19.99": at least 0, at most 10 digits and 2 places.'
        ),
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=12, decimal_places=2, **options)

    def to_internal_value(self, data: Any) -> Decimal:
        if not PRICE.fullmatch(str(data)):
            self.fail("invalid")
        return super().to_internal_value(data)


class Ordering(serializers.CharField):
    """`-price`, or `name,-price`."""

    pattern = rf"^{SORT_FIELD}(,{SORT_FIELD}){{0,2}}$"

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": (
            "Has to be name, price or created_at, with a minus before it for descending order; "
            "several are separated by commas, each once."
        )
    }

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        names = text.split(",")
        repeats = len({name.lstrip("-") for name in names}) < len(names)
        if repeats or not re.fullmatch(self.pattern, text):
            self.fail("invalid")
        return names

"""Bodies and query parameters of products."""

from typing import Any, ClassVar

from rest_framework import serializers

from chassis.renderers import FastModelSerializer, help_texts
from chassis.text import visible
from chassis.validation import (
    CommaSeparatedSkus,
    CommaSeparatedUUIDs,
    QuerySerializer,
    RequestSerializer,
)
from products.api.serializers.fields import Ordering, Price
from products.api.serializers.validators import validate_image_url, validate_single_line
from products.models import PUBLIC_FIELDS, Product

EXAMPLE = {
    "sku": "LAMP-1",
    "name": "Desk lamp",
    "description": "Bends where you want it.",
    "price": "19.99",
    "category": "lighting",
    "image_url": "https://images.example.com/lamp-1.jpg",
    "is_active": True,
}
HELP_TEXTS = {
    "name": "The name that customers see in lists.",
    "description": "The text of the product's page.",
    "category": "A slash separates levels of the category tree: `Home/Lighting` is below `Home`.",
    "is_active": "False for archived products, which cannot be ordered.",
}


def text_field(name: str, **options: Any) -> serializers.CharField:
    """A text that is stored as it is; optional unless `required` is given."""
    optional = {} if "required" in options else {"allow_blank": True, "default": ""}
    column: Any = Product._meta.get_field(name)
    defaults = {"trim_whitespace": False, "help_text": HELP_TEXTS.get(name, ""), **optional}
    return serializers.CharField(max_length=column.max_length, **{**defaults, **options})


class ProductRequest(RequestSerializer):
    sku = text_field(
        "sku",
        required=True,
        validators=[validate_single_line],
        help_text="Unique and case-sensitive.",
    )
    name = text_field("name", required=True, trim_whitespace=True, validators=[visible])
    description = text_field("description")
    price = Price(help_text='A decimal string such as "19.99", in the currency of the shop.')
    category = text_field("category", validators=[validate_single_line])
    image_url = text_field(
        "image_url",
        validators=[validate_image_url],
        help_text="An http or https URL of a picture, without user name and password.",
    )
    is_active = serializers.BooleanField(default=True, help_text=HELP_TEXTS["is_active"])

    class Meta:
        swagger_schema_fields: ClassVar = {"example": EXAMPLE}


class ProductChange(ProductRequest):
    """PATCH: every field is optional, without a default."""

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"price": "17.50"}}

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        for field in fields.values():
            field.required, field.default = False, serializers.empty
        return fields


class ProductQuery(QuerySerializer):
    search = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=400,
        help_text="Words, or prefixes of words, of the name, SKU, category or description. "
        "One typing error in a word is corrected if nothing matches. Sorted by relevance.",
    )
    ids = CommaSeparatedUUIDs(
        required=False,
        help_text="Only these ids, at most 100, separated by commas; all in one page.",
    )
    sku = CommaSeparatedSkus(
        required=False,
        help_text="Only these SKUs, case-sensitive: at most 100, separated by commas.",
    )
    category = serializers.CharField(
        required=False,
        max_length=100,
        help_text="Only this category and those below it: its `slug`, or its name as in products.",
    )
    min_price = Price(required=False, help_text="The lowest price, inclusive.")
    max_price = Price(required=False, help_text="The highest price, inclusive.")
    ordering = Ordering(
        required=False,
        help_text="`name`, `price` or `created_at`; `-price` sorts the most expensive first.",
    )
    include_archived = serializers.BooleanField(
        required=False, help_text="Include archived products; for staff."
    )


class ProductResponse(FastModelSerializer):
    currency = serializers.CharField(
        read_only=True, help_text="ISO 4217 code; the same for all products."
    )

    class Meta:
        model = Product
        fields = PUBLIC_FIELDS
        extra_kwargs = help_texts(
            **HELP_TEXTS,
            sku="The shop's identifier of the product; unique.",
            price='A decimal string such as "19.99", in `currency`.',
            image_url="An http or https URL of a picture, or empty.",
        )
        swagger_schema_fields: ClassVar = {
            "example": {
                "id": "0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11",
                **EXAMPLE,
                "currency": "USD",
                "created_at": "2026-01-31T12:00:00.000000Z",
                "updated_at": "2026-01-31T12:00:00.000000Z",
            }
        }

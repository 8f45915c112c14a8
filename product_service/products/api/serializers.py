"""What comes in, and what goes out."""

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
from products.api.fields import Ordering, Price, one_line, picture_address
from products.listing import FIELDS
from products.models import Category, Product

EXAMPLE = {
    "sku": "LAMP-1",
    "name": "Desk lamp",
    "description": "Bends where you want it.",
    "price": "19.99",
    "category": "lighting",
    "image_url": "https://images.example.com/lamp-1.jpg",
    "is_active": True,
}

NAME = "What buyers read in lists."
DESCRIPTION = "What buyers read on the product's page."
CATEGORY = "Slashes lead down the tree of categories: `Home/Lighting` is below `Home`."
IS_ACTIVE = "Whether it is sold; false for archived."


class ProductRequest(RequestSerializer):
    sku = serializers.CharField(
        max_length=64,
        trim_whitespace=False,
        validators=[one_line],
        help_text="Unique; upper and lower case count.",
    )
    name = serializers.CharField(max_length=200, validators=[visible], help_text=NAME)
    description = serializers.CharField(
        max_length=10_000,
        allow_blank=True,
        trim_whitespace=False,
        default="",
        help_text=DESCRIPTION,
    )
    price = Price(help_text='A decimal string such as "19.99", in the currency of the shop.')
    category = serializers.CharField(
        max_length=100,
        allow_blank=True,
        trim_whitespace=False,
        validators=[one_line],
        default="",
        help_text=CATEGORY,
    )
    image_url = serializers.CharField(
        max_length=2000,
        allow_blank=True,
        trim_whitespace=False,
        validators=[picture_address],
        default="",
        help_text="An http or https address of a picture, without user name and password.",
    )
    is_active = serializers.BooleanField(default=True, help_text=IS_ACTIVE)

    class Meta:
        swagger_schema_fields: ClassVar = {"example": EXAMPLE}


class ProductChange(ProductRequest):
    """PATCH: nothing has to be given, and what is not given stays."""

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"price": "17.50"}}

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        for field in fields.values():
            field.required, field.default = False, serializers.empty
        return fields


class ImportRow(ProductChange):
    """What a product has to have, a new one needs: SKU, name and price. Of one that is there, what is left out stays."""

    class Meta:
        swagger_schema_fields: ClassVar = {"example": EXAMPLE}

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["sku"].required = True
        return fields


class ProductQuery(QuerySerializer):
    search = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=400,
        help_text="Words of the name, SKU, category or description, or how they begin; one typing error in a word is forgiven "
        "when nothing has it as it is. What fits best comes first.",
    )
    ids = CommaSeparatedUUIDs(
        required=False,
        help_text="Only these, at most 100, with commas between them; all of them come in one page.",
    )
    sku = CommaSeparatedSkus(
        required=False,
        help_text="Only these, as they are written: at most 100, with commas between them.",
    )
    category = serializers.CharField(
        required=False,
        max_length=100,
        help_text="Only this category and those below it: its `slug`, or its name as products have it.",
    )
    min_price = Price(required=False, help_text="Only what costs this or more.")
    max_price = Price(required=False, help_text="Only what costs this or less.")
    ordering = Ordering(
        required=False, help_text="`name`, `price` or `created_at`; `-price` is the dearest first."
    )
    include_archived = serializers.BooleanField(
        required=False, help_text="Archived products too; for staff."
    )


class ProductResponse(FastModelSerializer):
    currency = serializers.CharField(read_only=True, help_text="ISO 4217; one for the whole shop.")

    class Meta:
        model = Product
        fields = FIELDS
        extra_kwargs = help_texts(
            sku="The shop's own name of the product; unique.",
            name=NAME,
            description=DESCRIPTION,
            price='A decimal string such as "19.99", in `currency`.',
            category=CATEGORY,
            image_url="An http or https address of a picture; empty without one.",
            is_active=IS_ACTIVE,
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


class CategoryResponse(FastModelSerializer):
    parent = serializers.CharField(  # type: ignore[assignment]
        read_only=True,
        allow_null=True,
        help_text="The slug of the category above, null for a root.",
    )

    class Meta:
        model = Category
        fields = ("slug", "name", "parent", "product_count")
        extra_kwargs = help_texts(
            slug="For `?category=`: `home/lighting` is below `home`.",
            name="What buyers read.",
            product_count="Active products in this category and those below it.",
        )
        swagger_schema_fields: ClassVar = {
            "example": {
                "slug": "home/lighting",
                "name": "Lighting",
                "parent": "home",
                "product_count": 12,
            }
        }


class CategoriesResponse(serializers.Serializer[Any]):
    results = serializers.ListSerializer[Any](
        child=CategoryResponse(), help_text="All categories of active products."
    )

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {"results": [CategoryResponse.Meta.swagger_schema_fields["example"]]}
        }


class RowError(serializers.Serializer[Any]):
    row = serializers.IntegerField(help_text="The first product is 1.")
    line = serializers.IntegerField(
        required=False, help_text="Of the CSV file, where the row begins; its header is line 1."
    )
    field = serializers.CharField(help_text="The field of the row that is wrong.")
    message = serializers.CharField(help_text="What is wrong with it, for a person.")
    code = serializers.CharField(help_text="What is wrong with it, for a program.")


class ImportResponse(serializers.Serializer[Any]):
    created = serializers.IntegerField(help_text="Products that were not there.")
    updated = serializers.IntegerField(help_text="Products that are not as they were.")
    unchanged = serializers.IntegerField(help_text="Products that are already as their row says.")
    error_count = serializers.IntegerField(
        help_text="All errors; when there is one, nothing is written."
    )
    errors = RowError(many=True, help_text="The first 100 of them.")  # type: ignore[assignment]

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {
                "created": 120,
                "updated": 7,
                "unchanged": 3,
                "error_count": 0,
                "errors": [],
            },
        }


class ExportQuery(QuerySerializer):
    include_archived = serializers.BooleanField(required=False, help_text="Archived products too.")

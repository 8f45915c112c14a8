"""Bodies and query parameters of import and export."""

from typing import Any, ClassVar

from rest_framework import serializers

from chassis.validation import QuerySerializer
from products.api.serializers.products import EXAMPLE, ProductChange


class ImportRow(ProductChange):
    """A new product needs SKU, name and price. For an existing one, omitted fields stay."""

    class Meta:
        swagger_schema_fields: ClassVar = {"example": EXAMPLE}

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["sku"].required = True
        return fields


class RowError(serializers.Serializer[Any]):
    row = serializers.IntegerField(help_text="The number of the product; the first is 1.")
    line = serializers.IntegerField(
        required=False,
        help_text="The line of the CSV file where the row begins; the header is line 1.",
    )
    field = serializers.CharField(help_text="The invalid field of the row.")
    message = serializers.CharField(help_text="The error as text.")
    code = serializers.CharField(help_text="The error as a stable code.")


class ImportResponse(serializers.Serializer[Any]):
    created = serializers.IntegerField(help_text="The number of new products.")
    updated = serializers.IntegerField(help_text="The number of products that changed.")
    unchanged = serializers.IntegerField(
        help_text="The number of products that already had the values of their row."
    )
    error_count = serializers.IntegerField(
        help_text="The number of all errors. If there is one, nothing is written."
    )
    errors = RowError(many=True, help_text="The first 100 errors.")  # type: ignore[assignment]

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
    include_archived = serializers.BooleanField(
        required=False, help_text="Include archived products."
    )

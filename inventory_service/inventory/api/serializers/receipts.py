import re
from typing import Any, ClassVar

from rest_framework import serializers

from chassis.text import visible_lines
from chassis.validation import RequestSerializer
from inventory.api.serializers.common import EXAMPLE_PRODUCT_ID, MAX_UNITS, PRODUCT_ID_HELP


class ReceiptRequest(RequestSerializer):
    product_id = serializers.UUIDField(help_text=PRODUCT_ID_HELP)
    quantity = serializers.IntegerField(
        min_value=1, max_value=MAX_UNITS, help_text="Units received."
    )
    note = serializers.CharField(
        max_length=500,
        allow_blank=True,
        required=False,
        default="",
        validators=[visible_lines],
        help_text="Stored in the ledger, for example the origin of the delivery.",
    )

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {"product_id": EXAMPLE_PRODUCT_ID, "quantity": 10, "note": "First delivery"}
        }


class ReceiptRow(ReceiptRequest):
    """A receipt in a CSV file, where the quantity is a string of digits."""

    default_error_messages: ClassVar = {"type": "Has to be a whole number."}

    def to_internal_value(self, data: dict[str, str]) -> Any:
        quantity = data.get("quantity", "").strip()
        number = {"quantity": int(quantity)} if re.fullmatch("[0-9]{1,18}", quantity) else {}
        return super().to_internal_value(data | number)


class ImportErrorResponse(serializers.Serializer[Any]):
    row = serializers.IntegerField(
        min_value=1, help_text="Counted from 1, without the header of a CSV file."
    )
    line = serializers.IntegerField(
        min_value=2, required=False, help_text="The line of the CSV file where the row begins."
    )
    field = serializers.CharField(help_text="`body` if the whole row is invalid.")
    message = serializers.CharField(help_text="The error, for people.")
    code = serializers.CharField(help_text="The error, for programs.")


class ImportResponse(serializers.Serializer[Any]):
    created = serializers.IntegerField(help_text="Products received for the first time.")
    updated = serializers.IntegerField(help_text="Products that were received before.")
    error_count = serializers.IntegerField(help_text="If it is not 0, nothing was received.")
    errors = ImportErrorResponse(many=True, help_text="By row; the first 100.")  # type: ignore[assignment]

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {"created": 1, "updated": 2, "error_count": 0, "errors": []}
        }

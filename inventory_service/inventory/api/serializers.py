"""What comes in, and what goes out."""

import re
from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers

from chassis.renderers import FastModelSerializer, help_texts
from chassis.text import visible, visible_lines
from chassis.validation import (
    CommaSeparatedSkus,
    CommaSeparatedUUIDs,
    QuerySerializer,
    RequestSerializer,
)
from inventory.models import Movement, Reservation, Stock

PRODUCT = "01964164-6260-7eb5-8431-10f63fcffedd"
"""Of the demo data, so that what the documents show works in a shop that has them."""
PRODUCT_ID = "The product's id in the product service."
ORDER = "0198c5f4-11c2-7d08-8a3e-5b7e9d0c6f22"
MOMENT = "2026-01-31T12:00:00.000000Z"
THRESHOLD = "At this quantity or below the product counts as low."
MOST_UNITS = 1_000_000_000
MOST_LINES = 100
MOST_OF_A_LINE = 1_000_000


class ReceiptRequest(RequestSerializer):
    product_id = serializers.UUIDField(help_text=PRODUCT_ID)
    quantity = serializers.IntegerField(
        min_value=1, max_value=MOST_UNITS, help_text="Units received."
    )
    note = serializers.CharField(
        max_length=500,
        allow_blank=True,
        required=False,
        default="",
        validators=[visible_lines],
        help_text="Where it came from, for the ledger.",
    )

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {"product_id": PRODUCT, "quantity": 10, "note": "First delivery"}
        }


class ReceiptRow(ReceiptRequest):
    """A receipt in a table, where a number is a text of digits."""

    default_error_messages: ClassVar = {"type": "Has to be a whole number."}

    def to_internal_value(self, data: dict[str, str]) -> Any:
        quantity = data.get("quantity", "").strip()
        number = {"quantity": int(quantity)} if re.fullmatch("[0-9]{1,18}", quantity) else {}
        return super().to_internal_value(data | number)


class ThresholdRequest(RequestSerializer):
    low_stock_threshold = serializers.IntegerField(
        min_value=0, max_value=MOST_UNITS, help_text=THRESHOLD
    )

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"low_stock_threshold": 5}}


class AdjustmentRequest(RequestSerializer):
    delta = serializers.IntegerField(
        min_value=-MOST_UNITS, max_value=MOST_UNITS, help_text="Units, not 0; minus takes away."
    )
    reason = serializers.CharField(
        max_length=500, validators=[visible], help_text="Why, for the ledger."
    )

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {"delta": -1, "reason": "Broken in the warehouse"}
        }

    def validate_delta(self, delta: int) -> int:
        if delta == 0:
            raise serializers.ValidationError("Has to be more or less than 0.", code="zero")
        return delta


class ItemRequest(RequestSerializer):
    product_id = serializers.UUIDField(help_text=PRODUCT_ID)
    quantity = serializers.IntegerField(
        min_value=1, max_value=MOST_OF_A_LINE, help_text="Units to reserve."
    )


class ReservationRequest(RequestSerializer):
    items = ItemRequest(  # type: ignore[call-arg]
        many=True, allow_empty=False, max_length=MOST_LINES, help_text="A row for each product."
    )

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {"items": [{"product_id": PRODUCT, "quantity": 2}]}
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """As `quantities`, product id to units; equal product ids are added up."""
        quantities: dict[UUID, int] = {}
        for item in attrs["items"]:
            quantities[item["product_id"]] = (
                quantities.get(item["product_id"], 0) + item["quantity"]
            )
        return {"quantities": quantities}


class StockQuery(QuerySerializer):
    product_ids = CommaSeparatedUUIDs(
        required=False, help_text="Only these, at most 100, with commas between them."
    )
    sku = CommaSeparatedSkus(
        required=False,
        help_text="Only products with these SKUs, as they are written: at most 100, with commas between them.",
    )
    low_stock = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Only what is sold and low, or what is not low.",
    )


class ReservationQuery(QuerySerializer):
    status = serializers.ChoiceField(
        Reservation.Status.choices, required=False, help_text="Only reservations in this state."
    )


class MovementQuery(QuerySerializer):
    kind = serializers.ChoiceField(
        [kind for kind in Movement.Kind.choices if kind[0] != Movement.Kind.RESERVATION],
        required=False,
        help_text="Only movements of this kind. What orders have reserved is in the list of reservations.",
    )
    created_after = serializers.DateTimeField(required=False, help_text="RFC 3339")
    created_before = serializers.DateTimeField(required=False, help_text="RFC 3339")


class StockResponse(FastModelSerializer):
    is_low = serializers.BooleanField(
        read_only=True, help_text="Whether the quantity is at or below the threshold."
    )
    product_unverified = serializers.BooleanField(
        read_only=True,
        help_text="Received while the product service did not answer: the product may not exist.",
    )

    class Meta:
        model = Stock
        fields = (
            "product_id",
            "quantity",
            "reserved",
            "low_stock_threshold",
            "is_low",
            "product_unverified",
            "updated_at",
        )
        extra_kwargs = help_texts(
            product_id=PRODUCT_ID,
            quantity="What can be sold now.",
            reserved="What is held by orders that are not yet shipped.",
            low_stock_threshold=THRESHOLD,
            product_unverified="Received while the product service did not answer, so that the product may not exist.",
        )
        swagger_schema_fields: ClassVar = {
            "example": {
                "product_id": PRODUCT,
                "quantity": 10,
                "reserved": 0,
                "low_stock_threshold": 5,
                "is_low": False,
                "product_unverified": False,
                "updated_at": MOMENT,
            }
        }


class ImportErrorResponse(serializers.Serializer[Any]):
    row = serializers.IntegerField(
        min_value=1, help_text="The first row is 1; the header of a CSV file is not counted."
    )
    line = serializers.IntegerField(
        min_value=2, required=False, help_text="Of the CSV file, where the row begins."
    )
    field = serializers.CharField(help_text="`body` where the whole row is wrong.")
    message = serializers.CharField(help_text="What is wrong with the row, for a person.")
    code = serializers.CharField(help_text="What is wrong with the row, for a program.")


class ImportResponse(serializers.Serializer[Any]):
    created = serializers.IntegerField(help_text="Products received for the first time.")
    updated = serializers.IntegerField(help_text="Products that were received before.")
    error_count = serializers.IntegerField(help_text="0, or nothing was received.")
    errors = ImportErrorResponse(many=True, help_text="What is wrong, by row; the first 100.")  # type: ignore[assignment]

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {"created": 1, "updated": 2, "error_count": 0, "errors": []}
        }


class MovementResponse(FastModelSerializer):
    class Meta:
        model = Movement
        fields = (
            "id",
            "product_id",
            "kind",
            "delta",
            "reserved_delta",
            "quantity_after",
            "reserved_after",
            "reference",
            "note",
            "actor",
            "created_at",
        )
        extra_kwargs = help_texts(
            product_id=PRODUCT_ID,
            kind="What happened.",
            delta="Change of all units in the house, `quantity` + `reserved`; minus takes away.",
            reserved_delta="Change of `reserved`.",
            quantity_after="`quantity` after it.",
            reserved_after="`reserved` after it.",
            reference="The order's id, null where there is none.",
            note="The note or reason that was given.",
            actor="Who did it: a user's id, or a service.",
        )
        swagger_schema_fields: ClassVar = {
            "example": {
                "id": "0198c5f3-02b1-7c44-a1d0-3f0b8e6d7c33",
                "product_id": PRODUCT,
                "kind": "receipt",
                "delta": 10,
                "reserved_delta": 0,
                "quantity_after": 10,
                "reserved_after": 0,
                "reference": None,
                "note": "First delivery",
                "actor": "0198c5f0-3d5e-7f19-b6c2-1e4a7b9d0f44",
                "created_at": MOMENT,
            }
        }


class ItemResponse(serializers.Serializer[Any]):
    product_id = serializers.UUIDField(help_text=PRODUCT_ID)
    quantity = serializers.IntegerField(help_text="Units reserved.")


class ReservationResponse(FastModelSerializer):
    items = serializers.ListSerializer[Any](
        child=ItemResponse(), help_text="A row for each product."
    )

    class Meta:
        model = Reservation
        fields = ("order_id", "status", "items", "created_at", "updated_at")
        extra_kwargs = help_texts(
            order_id="The order's id in the order service.",
            status="`held`, `released` (given back) or `fulfilled` (shipped).",
        )
        swagger_schema_fields: ClassVar = {
            "example": {
                "order_id": ORDER,
                "status": "held",
                "items": [{"product_id": PRODUCT, "quantity": 2}],
                "created_at": MOMENT,
                "updated_at": MOMENT,
            }
        }

from typing import ClassVar

from rest_framework import serializers

from chassis.renderers import FastModelSerializer, help_texts
from chassis.text import visible
from chassis.validation import (
    CommaSeparatedSkus,
    CommaSeparatedUUIDs,
    QuerySerializer,
    RequestSerializer,
)
from inventory.api.serializers.common import (
    EXAMPLE_PRODUCT_ID,
    EXAMPLE_TIMESTAMP,
    MAX_UNITS,
    PRODUCT_ID_HELP,
)
from inventory.models import Movement, Stock

THRESHOLD_HELP = "At this quantity or below, the stock of the product is low."


class ThresholdRequest(RequestSerializer):
    low_stock_threshold = serializers.IntegerField(
        min_value=0, max_value=MAX_UNITS, help_text=THRESHOLD_HELP
    )

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"low_stock_threshold": 5}}


class AdjustmentRequest(RequestSerializer):
    delta = serializers.IntegerField(
        min_value=-MAX_UNITS,
        max_value=MAX_UNITS,
        help_text="Units to add; a negative number removes units. Not 0.",
    )
    reason = serializers.CharField(
        max_length=500, validators=[visible], help_text="Stored in the ledger."
    )

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {"delta": -1, "reason": "Broken in the warehouse"}
        }

    def validate_delta(self, delta: int) -> int:
        if delta == 0:
            raise serializers.ValidationError("Has to be more or less than 0.", code="zero")
        return delta


class StockQuery(QuerySerializer):
    product_ids = CommaSeparatedUUIDs(
        required=False, help_text="Only these products: at most 100 ids, separated by commas."
    )
    sku = CommaSeparatedSkus(
        required=False,
        help_text="Only products with these SKUs (exact match): at most 100, separated by commas.",
    )
    low_stock = serializers.BooleanField(
        required=False,
        help_text="Only active products with low stock, or only stock that is not low.",
    )


class MovementQuery(QuerySerializer):
    kind = serializers.ChoiceField(
        [kind for kind in Movement.Kind.choices if kind[0] != Movement.Kind.RESERVATION],
        required=False,
        help_text="Only movements of this kind. For reservations, see the list of reservations.",
    )
    created_after = serializers.DateTimeField(required=False, help_text="RFC 3339")
    created_before = serializers.DateTimeField(required=False, help_text="RFC 3339")


class StockResponse(FastModelSerializer):
    is_low = serializers.BooleanField(
        read_only=True, help_text="Whether the quantity is at or below the threshold."
    )
    product_unverified = serializers.BooleanField(
        read_only=True,
        help_text="Received while the product service was unavailable: the product may not exist.",
    )

    class Meta:
        model = Stock
        fields = (
            *("product_id", "quantity", "reserved", "low_stock_threshold"),
            *("is_low", "product_unverified", "updated_at"),
        )
        extra_kwargs = help_texts(
            product_id=PRODUCT_ID_HELP,
            quantity="Units that can be sold.",
            reserved="Units reserved by orders that are not yet shipped.",
            low_stock_threshold=THRESHOLD_HELP,
        )
        swagger_schema_fields: ClassVar = {
            "example": {
                "product_id": EXAMPLE_PRODUCT_ID,
                "quantity": 10,
                "reserved": 0,
                "low_stock_threshold": 5,
                "is_low": False,
                "product_unverified": False,
                "updated_at": EXAMPLE_TIMESTAMP,
            }
        }


class MovementResponse(FastModelSerializer):
    class Meta:
        model = Movement
        fields = (
            *("id", "product_id", "kind", "delta", "reserved_delta", "quantity_after"),
            *("reserved_after", "reference", "note", "actor", "created_at"),
        )
        extra_kwargs = help_texts(
            product_id=PRODUCT_ID_HELP,
            kind="The kind of change.",
            delta="Change of `quantity` + `reserved`; negative if units were removed.",
            reserved_delta="Change of `reserved`.",
            quantity_after="`quantity` after the change.",
            reserved_after="`reserved` after the change.",
            reference="The order's id; null if no order caused the change.",
            note="The note of the receipt, or the reason of the adjustment.",
            actor="The user's id, or the service's name.",
        )
        swagger_schema_fields: ClassVar = {
            "example": {
                "id": "0198c5f3-02b1-7c44-a1d0-3f0b8e6d7c33",
                "product_id": EXAMPLE_PRODUCT_ID,
                "kind": "receipt",
                "delta": 10,
                "reserved_delta": 0,
                "quantity_after": 10,
                "reserved_after": 0,
                "reference": None,
                "note": "First delivery",
                "actor": "0198c5f0-3d5e-7f19-b6c2-1e4a7b9d0f44",
                "created_at": EXAMPLE_TIMESTAMP,
            }
        }

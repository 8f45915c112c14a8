from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers

from chassis.renderers import FastModelSerializer, help_texts
from chassis.validation import QuerySerializer, RequestSerializer
from inventory.api.serializers.common import (
    EXAMPLE_ORDER_ID,
    EXAMPLE_PRODUCT_ID,
    EXAMPLE_TIMESTAMP,
    PRODUCT_ID_HELP,
)
from inventory.models import Reservation

MAX_ITEMS = 100
MAX_ITEM_QUANTITY = 1_000_000


class ItemRequest(RequestSerializer):
    product_id = serializers.UUIDField(help_text=PRODUCT_ID_HELP)
    quantity = serializers.IntegerField(
        min_value=1, max_value=MAX_ITEM_QUANTITY, help_text="Units to reserve."
    )


class ReservationRequest(RequestSerializer):
    items = ItemRequest(  # type: ignore[call-arg]
        many=True, allow_empty=False, max_length=MAX_ITEMS, help_text="One item for each product."
    )

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {"items": [{"product_id": EXAMPLE_PRODUCT_ID, "quantity": 2}]}
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Returns `quantities`, by product id. Items of the same product are added up."""
        quantities: dict[UUID, int] = {}
        for item in attrs["items"]:
            product_id = item["product_id"]
            quantities[product_id] = quantities.get(product_id, 0) + item["quantity"]
        return {"quantities": quantities}


class ReservationQuery(QuerySerializer):
    status = serializers.ChoiceField(
        Reservation.Status.choices, required=False, help_text="Only reservations with this status."
    )


class ItemResponse(serializers.Serializer[Any]):
    product_id = serializers.UUIDField(help_text=PRODUCT_ID_HELP)
    quantity = serializers.IntegerField(help_text="Units reserved.")


class ReservationResponse(FastModelSerializer):
    items = serializers.ListSerializer[Any](
        child=ItemResponse(), help_text="One item for each product."
    )

    class Meta:
        model = Reservation
        fields = ("order_id", "status", "items", "created_at", "updated_at")
        extra_kwargs = help_texts(
            order_id="The order's id in the order service.",
            status="`held`, `released` (returned to stock) or `fulfilled` (shipped).",
        )
        swagger_schema_fields: ClassVar = {
            "example": {
                "order_id": EXAMPLE_ORDER_ID,
                "status": "held",
                "items": [{"product_id": EXAMPLE_PRODUCT_ID, "quantity": 2}],
                "created_at": EXAMPLE_TIMESTAMP,
                "updated_at": EXAMPLE_TIMESTAMP,
            }
        }

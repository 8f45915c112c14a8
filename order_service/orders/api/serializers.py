"""What comes in, and what goes out."""

from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers

from chassis.countries import CountryField
from chassis.renderers import FastModelSerializer
from chassis.text import visible, visible_lines
from chassis.validation import QuerySerializer, RequestSerializer
from orders.models import ADDRESS_LONGEST, Event, Note, Order, OrderLine, StockTask

PRODUCT = "0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11"
USER = "0198c5f0-3d5e-7f19-b6c2-1e4a7b9d0f44"
MOMENT = "2026-01-31T12:00:00.000000Z"
MOST_LINES = 100
MOST_UNITS = 10_000
LONGEST_SEARCH = 254
ADDRESS = {
    "name": "Ada Example",
    "line1": "1 Example Street",
    "line2": "",
    "city": "Exampleton",
    "region": "",
    "postal_code": "12345",
    "country": "US",
    "phone": "",
}


class Amount(serializers.DecimalField):
    pattern = r"^[0-9]{1,16}(\.[0-9]{1,2})?$"

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """DRF would take "" for null, and so for no expectation at all."""
        return serializers.Field.validate_empty_values(self, data)


class ItemRequest(RequestSerializer):
    product_id = serializers.UUIDField()
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_UNITS)


class AddressRequest(RequestSerializer):
    name = serializers.CharField(max_length=ADDRESS_LONGEST["name"], validators=[visible], allow_blank=True, default="")
    line1 = serializers.CharField(max_length=ADDRESS_LONGEST["line1"], validators=[visible])
    line2 = serializers.CharField(max_length=ADDRESS_LONGEST["line2"], validators=[visible], allow_blank=True, default="")
    city = serializers.CharField(max_length=ADDRESS_LONGEST["city"], validators=[visible])
    region = serializers.CharField(max_length=ADDRESS_LONGEST["region"], validators=[visible], allow_blank=True, default="")
    postal_code = serializers.CharField(
        max_length=ADDRESS_LONGEST["postal_code"], validators=[visible], allow_blank=True, default=""
    )
    country = CountryField()
    phone = serializers.CharField(max_length=ADDRESS_LONGEST["phone"], validators=[visible], allow_blank=True, default="")


class OrderRequest(RequestSerializer):
    items = ItemRequest(many=True, allow_empty=False, max_length=MOST_LINES)  # type: ignore[call-arg]
    shipping_address = AddressRequest(required=False, allow_null=True, default=None)
    address_id = serializers.UUIDField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Instead of `shipping_address`: one of your address book at the user service, copied as it is now.",
    )
    expected_total = Amount(
        max_digits=18,
        decimal_places=2,
        min_value=0,
        required=False,
        allow_null=True,
        default=None,
        help_text="What the buyer was shown; the order is refused if it would cost another sum.",
    )

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {
                "items": [{"product_id": PRODUCT, "quantity": 2}],
                "shipping_address": ADDRESS,
                "expected_total": "39.98",
            }
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """With `quantities`, product id to units, for `items`; equal product ids are added up."""
        if attrs["shipping_address"] and attrs["address_id"]:
            raise serializers.ValidationError({"address_id": "Give this or a shipping_address, not both."}, code="ambiguous")
        quantities: dict[UUID, int] = {}
        for item in attrs.pop("items"):
            quantities[item["product_id"]] = quantities.get(item["product_id"], 0) + item["quantity"]
        return attrs | {"quantities": quantities}


class OrderQuery(QuerySerializer):
    status = serializers.ChoiceField(Order.Status.choices, required=False)
    created_after = serializers.DateTimeField(required=False, help_text="RFC 3339")
    created_before = serializers.DateTimeField(required=False, help_text="RFC 3339")
    user_id = serializers.UUIDField(required=False, help_text="For staff: the orders of this user.")
    product_id = serializers.UUIDField(required=False, help_text="Orders of this product.")
    search = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_SEARCH,
        help_text="An order's number (with or without `#`, `SO-` and hyphens) or how it begins (`SO-…`), or a product's id or "
        "SKU; capitals do not count; "
        "for staff also a customer's whole e-mail address.",
    )


class OrderLineResponse(FastModelSerializer):
    class Meta:
        model = OrderLine
        fields = OrderLine.FIELDS


class AddressResponse(serializers.Serializer[Any]):
    name = serializers.CharField()
    line1 = serializers.CharField()
    line2 = serializers.CharField()
    city = serializers.CharField()
    region = serializers.CharField()
    postal_code = serializers.CharField()
    country = serializers.CharField()
    phone = serializers.CharField()


class OrderResponse(FastModelSerializer):
    items = OrderLineResponse(many=True)
    shipping_address = AddressResponse(allow_null=True)

    class Meta:
        model = Order
        fields = Order.FIELDS
        swagger_schema_fields: ClassVar = {
            "example": {
                "id": "0198c5f4-11c2-7d08-8a3e-5b7e9d0c6f22",
                "number": "SO-7K3MQ-2XAB9",
                "user_id": USER,
                "status": "confirmed",
                "items": [
                    {
                        "product_id": PRODUCT,
                        "sku": "LAMP-1",
                        "name": "Desk lamp",
                        "unit_price": "19.99",
                        "quantity": 2,
                        "line_total": "39.98",
                    }
                ],
                "total": "39.98",
                "currency": "USD",
                "shipping_address": ADDRESS,
                "created_at": MOMENT,
                "updated_at": MOMENT,
            }
        }

    @classmethod
    def to_dict(cls, order: Order) -> dict[str, Any]:
        return order.to_dict()


class EventResponse(FastModelSerializer):
    actor = serializers.UUIDField(help_text="The user.")
    actor_role = serializers.ChoiceField(["customer", "staff"], help_text="In what capacity.")

    class Meta:
        model = Event
        fields = ("type", "created_at", "actor", "actor_role")
        swagger_schema_fields: ClassVar = {
            "example": {"type": "placed", "created_at": MOMENT, "actor": USER, "actor_role": "customer"}
        }


class NoteRequest(RequestSerializer):
    text = serializers.CharField(
        max_length=Note.LONGEST, validators=[visible_lines], help_text="Seen by staff only. It cannot be changed or deleted."
    )

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"text": "Called: leave it with the neighbour."}}


class NoteResponse(FastModelSerializer):
    class Meta:
        model = Note
        fields = ("id", "text", "author", "created_at")
        swagger_schema_fields: ClassVar = {
            "example": {
                "id": "0198c5f6-0a3d-7c55-9d1e-7f3b2a1c0e99",
                "text": "Called: leave it with the neighbour.",
                "author": USER,
                "created_at": MOMENT,
            }
        }


class StockTaskQuery(QuerySerializer):
    failed = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Only those that have failed, or not."
    )


class StockTaskResponse(FastModelSerializer):
    order_id = serializers.UUIDField(help_text="The order whose stock it is about.")

    class Meta:
        model = StockTask
        fields = StockTask.FIELDS
        extra_kwargs: ClassVar = {
            "verb": {"help_text": "`release`: the stock comes back; `fulfil`: it leaves."},
            "attempts": {"help_text": "That failed."},
            "last_error": {"help_text": "Why the last attempt failed."},
            "due_at": {"help_text": "When it is tried again."},
            "failed_at": {"help_text": "Since when it is not tried any more; null while it is."},
        }
        swagger_schema_fields: ClassVar = {
            "example": {
                "order_id": "0198c5f4-11c2-7d08-8a3e-5b7e9d0c6f22",
                "verb": "release",
                "attempts": 3,
                "last_error": "rejected by inventory: reservation_fulfilled",
                "created_at": MOMENT,
                "due_at": MOMENT,
                "failed_at": None,
            }
        }

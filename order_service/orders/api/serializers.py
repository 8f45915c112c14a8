"""What comes in, and what goes out."""

from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers

from chassis.countries import CountryField
from chassis.renderers import FastModelSerializer, help_texts
from chassis.text import visible, visible_lines
from chassis.validation import QuerySerializer, RequestSerializer
from orders.errors import PRODUCT
from orders.models import ADDRESS_LONGEST, Event, Note, Order, OrderLine, StockTask

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
ADDRESS_FIELDS = {
    "name": "The recipient.",
    "line1": "Street and number.",
    "line2": "What does not fit there: floor, company, in care of.",
    "city": "City or town.",
    "region": "State or province.",
    "postal_code": "As the country writes it.",
    "phone": "For the carrier.",
}


class Amount(serializers.DecimalField):
    pattern = r"^[0-9]{1,16}(\.[0-9]{1,2})?$"

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """DRF would take "" for null, and so for no expectation at all."""
        return serializers.Field.validate_empty_values(self, data)


def address_text(name: str, **options: Any) -> serializers.CharField:
    return serializers.CharField(
        max_length=ADDRESS_LONGEST[name],
        validators=[visible],
        help_text=ADDRESS_FIELDS[name],
        **options,
    )


class ItemRequest(RequestSerializer):
    product_id = serializers.UUIDField(help_text="An `id` of `GET /api/products/`.")
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_UNITS, help_text="Units.")


class AddressRequest(RequestSerializer):
    name = address_text("name", allow_blank=True, default="")
    line1 = address_text("line1")
    line2 = address_text("line2", allow_blank=True, default="")
    city = address_text("city")
    region = address_text("region", allow_blank=True, default="")
    postal_code = address_text("postal_code", allow_blank=True, default="")
    country = CountryField()
    phone = address_text("phone", allow_blank=True, default="")


class OrderRequest(RequestSerializer):
    items = ItemRequest(  # type: ignore[call-arg]
        many=True,
        allow_empty=False,
        max_length=MOST_LINES,
        help_text="Lines, 1 to 100; equal products are added up.",
    )
    shipping_address = AddressRequest(
        required=False, allow_null=True, default=None, help_text="Where to send it, written out."
    )
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
                "items": [{"product_id": PRODUCT, "quantity": 1}],
                "shipping_address": ADDRESS,
                "expected_total": "59.00",
            }
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """With `quantities`, product id to units, for `items`; equal product ids are added up."""
        if attrs["shipping_address"] and attrs["address_id"]:
            raise serializers.ValidationError(
                {"address_id": "Give this or a shipping_address, not both."}, code="ambiguous"
            )
        quantities: dict[UUID, int] = {}
        for item in attrs.pop("items"):
            quantities[item["product_id"]] = (
                quantities.get(item["product_id"], 0) + item["quantity"]
            )
        return attrs | {"quantities": quantities}


class OrderQuery(QuerySerializer):
    status = serializers.ChoiceField(
        Order.Status.choices, required=False, help_text="Only orders in this state."
    )
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
        extra_kwargs = help_texts(
            product_id="The product's id in the product service.",
            sku="The product's SKU when the order was placed.",
            name="The product's name when the order was placed.",
            unit_price="The product's price when the order was placed, a decimal string.",
            quantity="Units.",
            line_total="`unit_price` times `quantity`.",
        )


class AddressResponse(serializers.Serializer[Any]):
    name = serializers.CharField(help_text=ADDRESS_FIELDS["name"])
    line1 = serializers.CharField(help_text=ADDRESS_FIELDS["line1"])
    line2 = serializers.CharField(help_text=ADDRESS_FIELDS["line2"])
    city = serializers.CharField(help_text=ADDRESS_FIELDS["city"])
    region = serializers.CharField(help_text=ADDRESS_FIELDS["region"])
    postal_code = serializers.CharField(help_text=ADDRESS_FIELDS["postal_code"])
    country = serializers.CharField(
        help_text="ISO 3166-1 alpha-2; orders from before this rule may have another text."
    )
    phone = serializers.CharField(help_text=ADDRESS_FIELDS["phone"])


class OrderResponse(FastModelSerializer):
    items = serializers.ListSerializer[Any](
        child=OrderLineResponse(),
        help_text="Lines, with prices and names as they were when the order was placed.",
    )
    shipping_address = AddressResponse(
        allow_null=True,
        help_text="Where it is sent to, as it was when the order was placed; null without an address.",
    )

    class Meta:
        model = Order
        fields = Order.FIELDS
        extra_kwargs = help_texts(
            number="The unique number that customers see.",
            user_id="The user who placed it.",
            status="`confirmed`, then `shipped` and `delivered`, or `cancelled`.",
            total="The sum of the lines, a decimal string in `currency`.",
            currency="ISO 4217.",
        )
        swagger_schema_fields: ClassVar = {
            "example": {
                "id": "0198c5f4-11c2-7d08-8a3e-5b7e9d0c6f22",
                "number": "SO-7K3MQ-2XAB9",
                "user_id": USER,
                "status": "confirmed",
                "items": [
                    {
                        "product_id": PRODUCT,
                        "sku": "LGT-101",
                        "name": "Harbour table lamp",
                        "unit_price": "59.00",
                        "quantity": 1,
                        "line_total": "59.00",
                    }
                ],
                "total": "59.00",
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
        extra_kwargs = help_texts(type="What happened.")
        swagger_schema_fields: ClassVar = {
            "example": {
                "type": "placed",
                "created_at": MOMENT,
                "actor": USER,
                "actor_role": "customer",
            }
        }


class NoteRequest(RequestSerializer):
    text = serializers.CharField(
        max_length=Note.LONGEST,
        validators=[visible_lines],
        help_text="Seen by staff only. It cannot be changed or deleted.",
    )

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {"text": "Called: leave it with the neighbour."}
        }


class NoteResponse(FastModelSerializer):
    class Meta:
        model = Note
        fields = ("id", "text", "author", "created_at")
        extra_kwargs = help_texts(
            text="What staff wrote.", author="The user id of the member of staff."
        )
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
        required=False,
        allow_null=True,
        default=None,
        help_text="Only those that have failed, or not.",
    )


class StockTaskResponse(FastModelSerializer):
    order_id = serializers.UUIDField(help_text="The order whose stock it is about.")

    class Meta:
        model = StockTask
        fields = StockTask.FIELDS
        extra_kwargs = help_texts(
            verb="`release`: the stock comes back; `fulfil`: it leaves.",
            attempts="That failed.",
            last_error="Why the last attempt failed.",
            due_at="When it is tried again.",
            failed_at="Since when it is not tried any more; null while it is.",
        )
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

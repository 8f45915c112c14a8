from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers

from chassis.countries import CountryField
from chassis.text import visible, visible_lines
from chassis.validation import QuerySerializer, RequestSerializer
from orders.api.serializers.examples import ADDRESS, NOTE
from orders.errors import EXAMPLE_PRODUCT_ID
from orders.models import ADDRESS_FIELDS, AddressField, Note, Order

MAX_LINES = 100
MAX_QUANTITY = 10_000
MAX_SEARCH_LENGTH = 254


class AmountField(serializers.DecimalField):
    pattern = r"^[0-9]{1,16}(\.[0-9]{1,2})?$"

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """DRF would read "" as null, and so ignore the expectation."""
        return serializers.Field.validate_empty_values(self, data)


class ItemRequest(RequestSerializer):
    product_id = serializers.UUIDField(help_text="An `id` of `GET /api/products/`.")
    quantity = serializers.IntegerField(min_value=1, max_value=MAX_QUANTITY, help_text="Units.")


def address_field(name: str, field: AddressField) -> serializers.Field[Any, Any, Any, Any]:
    if name == "country":
        return CountryField()
    optional: dict[str, Any] = {} if field.is_required else {"allow_blank": True, "default": ""}
    return serializers.CharField(
        max_length=field.max_length, validators=[visible], help_text=field.help_text, **optional
    )


class AddressRequest(RequestSerializer):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {name: address_field(name, field) for name, field in ADDRESS_FIELDS.items()}


class OrderRequest(RequestSerializer):
    items = ItemRequest(  # type: ignore[call-arg]
        many=True,
        allow_empty=False,
        max_length=MAX_LINES,
        help_text="1 to 100 lines; quantities of the same product are added up.",
    )
    shipping_address = AddressRequest(
        required=False, allow_null=True, default=None, help_text="Where to send the order."
    )
    address_id = serializers.UUIDField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Instead of `shipping_address`: an address of your address book at the user "
        "service. The order stores a copy.",
    )
    expected_total = AmountField(
        max_digits=18,
        decimal_places=2,
        min_value=0,
        required=False,
        allow_null=True,
        default=None,
        help_text="The total shown to the buyer; if it differs, the order is rejected.",
    )

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {
                "items": [{"product_id": EXAMPLE_PRODUCT_ID, "quantity": 1}],
                "shipping_address": ADDRESS,
                "expected_total": "59.00",
            }
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Replaces `items` with `quantities`: product id → units."""
        if attrs["shipping_address"] and attrs["address_id"]:
            raise serializers.ValidationError(
                {"address_id": "Send this or a shipping_address, not both."}, code="ambiguous"
            )
        quantities: dict[UUID, int] = {}
        for item in attrs.pop("items"):
            product_id = item["product_id"]
            quantities[product_id] = quantities.get(product_id, 0) + item["quantity"]
        return attrs | {"quantities": quantities}


class OrderQuery(QuerySerializer):
    status = serializers.ChoiceField(
        Order.Status.choices, required=False, help_text="Only orders with this status."
    )
    created_after = serializers.DateTimeField(required=False, help_text="RFC 3339")
    created_before = serializers.DateTimeField(required=False, help_text="RFC 3339")
    user_id = serializers.UUIDField(required=False, help_text="For staff: the orders of this user.")
    product_id = serializers.UUIDField(required=False, help_text="Orders of this product.")
    search = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=MAX_SEARCH_LENGTH,
        help_text="An order number (with or without `#`, `SO-` and hyphens) or its prefix "
        "(`SO-…`), or a product's id or SKU, ignoring case; for staff also a customer's "
        "complete e-mail address.",
    )


class NoteRequest(RequestSerializer):
    text = serializers.CharField(
        max_length=Note.MAX_LENGTH,
        validators=[visible_lines],
        help_text="Visible to staff only. It cannot be changed or deleted.",
    )

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"text": NOTE}}


class OutboxQuery(QuerySerializer):
    failed = serializers.BooleanField(
        required=False,
        help_text="true: only failed ones (dead letters); false: only those still retried.",
    )

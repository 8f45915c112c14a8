from typing import Any, ClassVar

from rest_framework import serializers

from chassis.renderers import FastModelSerializer, help_texts
from orders.api.serializers.examples import ADDRESS, NOTE, ORDER_ID, TIME, USER_ID
from orders.errors import EXAMPLE_PRODUCT_ID
from orders.models import ADDRESS_FIELDS, Event, Note, Order, OrderLine, OutboxMessage


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
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            name: serializers.CharField(help_text=field.help_text)
            for name, field in ADDRESS_FIELDS.items()
        }


class OrderResponse(FastModelSerializer):
    items = serializers.ListSerializer[Any](
        child=OrderLineResponse(),
        help_text="Lines, with the prices and names at the time of the order.",
    )
    shipping_address = AddressResponse(
        allow_null=True,
        help_text="The address at the time of the order; null without an address.",
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
                "id": ORDER_ID,
                "number": "SO-7K3MQ-2XAB9",
                "user_id": USER_ID,
                "status": "confirmed",
                "items": [
                    {
                        "product_id": EXAMPLE_PRODUCT_ID,
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
                "created_at": TIME,
                "updated_at": TIME,
            }
        }

    @classmethod
    def to_dict(cls, order: Order) -> dict[str, Any]:
        return order.to_dict()


class EventResponse(FastModelSerializer):
    actor = serializers.UUIDField(help_text="The id of the user who did it.")
    actor_role = serializers.ChoiceField(["customer", "staff"], help_text="The role of the user.")

    class Meta:
        model = Event
        fields = ("type", "created_at", "actor", "actor_role")
        extra_kwargs = help_texts(type="What happened.")
        swagger_schema_fields: ClassVar = {
            "example": {
                "type": "placed",
                "created_at": TIME,
                "actor": USER_ID,
                "actor_role": "customer",
            }
        }


class NoteResponse(FastModelSerializer):
    class Meta:
        model = Note
        fields = ("id", "text", "author", "created_at")
        extra_kwargs = help_texts(text="The note.", author="The user id of the staff member.")
        swagger_schema_fields: ClassVar = {
            "example": {
                "id": "0198c5f6-0a3d-7c55-9d1e-7f3b2a1c0e99",
                "text": NOTE,
                "author": USER_ID,
                "created_at": TIME,
            }
        }


class StockTaskResponse(FastModelSerializer):
    order_id = serializers.UUIDField(help_text="The order.")

    class Meta:
        model = OutboxMessage
        fields = OutboxMessage.FIELDS
        extra_kwargs = help_texts(
            verb="`release`: put the units back into the stock; `fulfil`: remove them from it.",
            attempts="Failed delivery attempts.",
            last_error="The error of the last attempt.",
            due_at="The time of the next attempt.",
            failed_at="The time after which it is no longer retried (dead letter), or null.",
        )
        swagger_schema_fields: ClassVar = {
            "example": {
                "order_id": ORDER_ID,
                "verb": "release",
                "attempts": 3,
                "last_error": "rejected by inventory: reservation_fulfilled",
                "created_at": TIME,
                "due_at": TIME,
                "failed_at": None,
            }
        }

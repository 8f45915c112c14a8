"""The address book. An address of it can be sent as an order's shipping address, but for its id and is_default."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.fields import empty

from chassis.countries import CountryField
from chassis.text import visible
from chassis.validation import RequestSerializer
from users.models import LONGEST_NAME, Address

EXAMPLE = {
    "name": "Ada Example",
    "line1": "1 Example Street",
    "line2": "",
    "city": "Exampleton",
    "region": "",
    "postal_code": "12345",
    "country": "US",
    "phone": "",
    "is_default": True,
}


def optional(longest: int, **options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=longest, allow_blank=True, required=False, validators=[visible], **options)


class AddressRequest(RequestSerializer):
    name = optional(LONGEST_NAME, help_text="Whom to send to.")
    line1 = serializers.CharField(max_length=200, validators=[visible], help_text="Street and number, or what stands for it.")
    line2 = optional(200)
    city = serializers.CharField(max_length=100, validators=[visible])
    region = optional(100, help_text="State or province.")
    postal_code = optional(20)
    country = CountryField()
    phone = optional(40)
    is_default = serializers.BooleanField(required=False, help_text="The first address is the default in any case.")

    class Meta:
        swagger_schema_fields: ClassVar = {"example": EXAMPLE}


class AddressChangeRequest(AddressRequest):
    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"line1": "2 Example Street", "is_default": True}}

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.required, field.default = False, empty
        return fields


class AddressResponse(serializers.ModelSerializer[Address]):
    class Meta:
        model = Address
        fields = ("id", "name", "line1", "line2", "city", "region", "postal_code", "country", "phone", "is_default")
        swagger_schema_fields: ClassVar = {"example": {"id": "0198c5f6-2b1d-7c40-9e55-6a0b8d3f7e33"} | EXAMPLE}

"""The address book. An address of it can be sent as an order's shipping address, but for its id and is_default."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.fields import empty

from chassis.countries import CountryField
from chassis.renderers import help_texts
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


HELP_TEXTS = {
    "name": "The recipient.",
    "line1": "Street and number, or the equivalent.",
    "line2": "What does not fit there: floor, company, in care of.",
    "city": "City or town.",
    "region": "State or province.",
    "postal_code": "As the country writes it.",
    "country": "ISO 3166-1 alpha-2.",
    "phone": "For the carrier.",
    "is_default": "Whether this is the address that is offered first; there is one.",
}


def text_field(name: str, max_length: int, **options: Any) -> serializers.CharField:
    return serializers.CharField(
        max_length=max_length, validators=[visible], help_text=HELP_TEXTS[name], **options
    )


def optional(name: str, max_length: int) -> serializers.CharField:
    return text_field(name, max_length, allow_blank=True, required=False)


class AddressRequest(RequestSerializer):
    name = optional("name", LONGEST_NAME)
    line1 = text_field("line1", 200)
    line2 = optional("line2", 200)
    city = text_field("city", 100)
    region = optional("region", 100)
    postal_code = optional("postal_code", 20)
    country = CountryField()
    phone = optional("phone", 40)
    is_default = serializers.BooleanField(
        required=False, help_text="The first address is the default in any case."
    )

    class Meta:
        swagger_schema_fields: ClassVar = {"example": EXAMPLE}


class AddressChangeRequest(AddressRequest):
    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {"line1": "2 Example Street", "is_default": True}
        }

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.required, field.default = False, empty
        return fields


class AddressResponse(serializers.ModelSerializer[Address]):
    class Meta:
        model = Address
        fields = (
            "id",
            "name",
            "line1",
            "line2",
            "city",
            "region",
            "postal_code",
            "country",
            "phone",
            "is_default",
        )
        extra_kwargs = help_texts(**HELP_TEXTS)
        swagger_schema_fields: ClassVar = {
            "example": {"id": "0198c5f6-2b1d-7c40-9e55-6a0b8d3f7e33"} | EXAMPLE
        }

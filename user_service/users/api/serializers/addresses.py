"""The address book. The fields are those of the model, except for `user`."""

from typing import Any, ClassVar

from django.db.models import NOT_PROVIDED
from rest_framework import serializers
from rest_framework.fields import empty

from chassis.countries import CountryField
from chassis.text import visible
from chassis.validation import RequestSerializer
from users.models import Address

COLUMNS: list[Any] = [
    column for column in Address._meta.concrete_fields if column.name not in ("id", "user")
]
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


def request_field(column: Any) -> serializers.Field[Any, Any, Any, Any]:
    if column.name == "country":
        return CountryField()
    if column.name == "is_default":
        return serializers.BooleanField(
            required=False, help_text="The first address is the default in any case."
        )
    is_required = column.db_default is NOT_PROVIDED
    return serializers.CharField(
        max_length=column.max_length,
        validators=[visible],
        help_text=column.help_text,
        required=is_required,
        allow_blank=not is_required,
    )


class AddressRequest(RequestSerializer):
    class Meta:
        swagger_schema_fields: ClassVar = {"example": EXAMPLE}

    def get_fields(self) -> dict[str, Any]:
        return {column.name: request_field(column) for column in COLUMNS}


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
        fields = ("id", *(column.name for column in COLUMNS))
        swagger_schema_fields: ClassVar = {
            "example": {"id": "0198c5f6-2b1d-7c40-9e55-6a0b8d3f7e33"} | EXAMPLE
        }

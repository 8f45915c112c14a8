from typing import Any, ClassVar

from rest_framework import serializers

from chassis.validation import RequestSerializer
from users.api.serializers.fields import (
    EMAIL,
    PASSWORD,
    TOKEN,
    TOKEN_MAX_LENGTH,
    email_field,
    new_password_field,
    password_field,
)

NEW_PASSWORD = "wrong mule torch"  # noqa: S105
RESET_RESPONSE = {
    "detail": (
        "If there is an account with this e-mail address, an e-mail is on its way to it. "
        "Its token is valid for one hour."
    )
}


class PasswordRequest(RequestSerializer):
    current_password = password_field()
    new_password = new_password_field()

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
        }


class PasswordResetRequest(RequestSerializer):
    email = email_field()

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"email": EMAIL}}


class PasswordResetResponse(serializers.Serializer[Any]):
    detail = serializers.CharField(help_text="The same for every e-mail address.")

    class Meta:
        swagger_schema_fields: ClassVar = {"example": RESET_RESPONSE}


class PasswordResetConfirmRequest(RequestSerializer):
    token = serializers.CharField(max_length=TOKEN_MAX_LENGTH, help_text="From the e-mail.")
    password = new_password_field()

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"token": TOKEN, "password": NEW_PASSWORD}}

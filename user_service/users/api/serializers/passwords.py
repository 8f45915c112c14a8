"""Changing and resetting passwords."""

from typing import Any, ClassVar

from rest_framework import serializers

from chassis.validation import RequestSerializer
from users.api.serializers.fields import (
    EMAIL,
    LONGEST_TOKEN,
    PASSWORD,
    SECRET,
    email_field,
    new_password_field,
    password_field,
)

NEW_PASSWORD = "wrong mule torch"  # noqa: S105  (an example)
ACCEPTED = {
    "detail": "If there is an account with this e-mail address, a mail is on its way to it. Its token is good for one hour."
}


class PasswordRequest(RequestSerializer):
    current_password = password_field()
    new_password = new_password_field()

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
        }


class ResetAsked(RequestSerializer):
    email = email_field()

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"email": EMAIL}}


class ResetAccepted(serializers.Serializer[Any]):
    detail = serializers.CharField(help_text="The same for every e-mail address.")

    class Meta:
        swagger_schema_fields: ClassVar = {"example": ACCEPTED}


class ResetConfirmation(RequestSerializer):
    token = serializers.CharField(max_length=LONGEST_TOKEN, help_text="From the mail.")
    password = new_password_field()

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"token": SECRET, "password": NEW_PASSWORD}}

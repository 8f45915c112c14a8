from typing import ClassVar

from rest_framework import serializers

from chassis.validation import CommaSeparatedUUIDs, QuerySerializer, RequestSerializer
from users.api.serializers.fields import (
    EMAIL,
    PASSWORD,
    TIMESTAMP,
    USER_ID,
    email_field,
    help_text,
    name_field,
    new_password_field,
    password_field,
)
from users.models import EMAIL_MAX_LENGTH, User


class RegistrationRequest(RequestSerializer):
    email = email_field()
    password = new_password_field()
    name = name_field(default="")

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {"email": EMAIL, "password": PASSWORD, "name": "Ada"}
        }


class ProfileRequest(RequestSerializer):
    email = email_field(required=False)
    name = name_field()
    current_password = password_field(
        required=False, help_text="Required for a new e-mail address."
    )

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"name": "Ada Lovelace"}}


class ClosingRequest(RequestSerializer):
    current_password = password_field()

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"current_password": PASSWORD}}


class UserChangeRequest(RequestSerializer):
    role = serializers.ChoiceField(User.Role.choices, required=False, help_text=help_text("role"))
    is_active = serializers.BooleanField(required=False, help_text=help_text("is_active"))

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"role": "staff"}}


class UserQuery(QuerySerializer):
    search = serializers.CharField(
        max_length=EMAIL_MAX_LENGTH,
        allow_blank=True,
        required=False,
        default="",
        help_text=(
            "The start of an e-mail address or a name, or of any word in it; the best match is "
            "first."
        ),
    )
    ids = CommaSeparatedUUIDs(
        required=False,
        help_text="Only these ids, at most 100, separated by commas; unknown ids are ignored.",
    )
    role = serializers.ChoiceField(
        User.Role.choices, required=False, help_text="Only users with this role."
    )
    is_active = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Only users who can sign in, or only those who cannot.",
    )


class ProfileResponse(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("id", "email", "name", "role", "created_at")
        swagger_schema_fields: ClassVar = {
            "example": {
                "id": USER_ID,
                "email": EMAIL,
                "name": "Ada",
                "role": "customer",
                "created_at": TIMESTAMP,
            }
        }


class UserResponse(serializers.ModelSerializer[User]):
    is_closed = serializers.BooleanField(
        read_only=True, help_text="Whether the user closed the account; it has no personal data."
    )

    class Meta:
        model = User
        fields = (
            *("id", "email", "name", "role", "is_active", "is_closed"),
            *("created_at", "updated_at"),
        )
        swagger_schema_fields: ClassVar = {
            "example": {
                "id": USER_ID,
                "email": EMAIL,
                "name": "Ada",
                "role": "customer",
                "is_active": True,
                "is_closed": False,
                "created_at": TIMESTAMP,
                "updated_at": TIMESTAMP,
            }
        }

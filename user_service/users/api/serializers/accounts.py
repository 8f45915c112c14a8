"""Profiles, and what staff see of everybody."""

from typing import ClassVar

from rest_framework import serializers

from chassis.renderers import help_texts
from chassis.validation import CommaSeparatedUUIDs, QuerySerializer, RequestSerializer
from users.api.serializers.fields import (
    EMAIL,
    EMAIL_TEXT,
    MOMENT,
    NAME_TEXT,
    PASSWORD,
    USER,
    email_field,
    name_field,
    new_password_field,
    password_field,
)
from users.models import LONGEST_EMAIL, User

ROLE = "`customer` or `staff`."
IS_ACTIVE = "Whether the account may sign in."


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
        required=False, help_text="Needed for another e-mail address."
    )

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"name": "Ada Lovelace"}}


class ClosingRequest(RequestSerializer):
    current_password = password_field()

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"current_password": PASSWORD}}


class UserChangeRequest(RequestSerializer):
    role = serializers.ChoiceField(User.Role.choices, required=False, help_text=ROLE)
    is_active = serializers.BooleanField(required=False, help_text=IS_ACTIVE)

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"role": "staff"}}


class UserQuery(QuerySerializer):
    search = serializers.CharField(
        max_length=LONGEST_EMAIL,
        allow_blank=True,
        required=False,
        default="",
        help_text="The beginning of an e-mail address or a name, or of any word in it; the best match comes first.",
    )
    ids = CommaSeparatedUUIDs(
        required=False,
        help_text="Only these, at most 100, with commas between them; unknown ones are left out.",
    )
    role = serializers.ChoiceField(
        User.Role.choices, required=False, help_text="Only users of this role."
    )
    is_active = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Only users who may sign in, or who may not.",
    )


class ProfileResponse(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("id", "email", "name", "role", "created_at")
        extra_kwargs = help_texts(email=EMAIL_TEXT, name=NAME_TEXT, role=ROLE)
        swagger_schema_fields: ClassVar = {
            "example": {
                "id": USER,
                "email": EMAIL,
                "name": "Ada",
                "role": "customer",
                "created_at": MOMENT,
            }
        }


class UserResponse(serializers.ModelSerializer[User]):
    is_closed = serializers.BooleanField(
        read_only=True, help_text="Whether its owner closed it; it is empty then."
    )

    class Meta:
        model = User
        fields = (
            "id",
            "email",
            "name",
            "role",
            "is_active",
            "is_closed",
            "created_at",
            "updated_at",
        )
        extra_kwargs = help_texts(email=EMAIL_TEXT, name=NAME_TEXT, role=ROLE, is_active=IS_ACTIVE)
        swagger_schema_fields: ClassVar = {
            "example": {
                "id": USER,
                "email": EMAIL,
                "name": "Ada",
                "role": "customer",
                "is_active": True,
                "is_closed": False,
                "created_at": MOMENT,
                "updated_at": MOMENT,
            }
        }

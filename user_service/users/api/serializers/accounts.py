"""Profiles, and what staff see of everybody."""

from typing import ClassVar

from rest_framework import serializers

from chassis.validation import CommaSeparatedUUIDs, QuerySerializer, RequestSerializer
from users.api.serializers.fields import EMAIL, MOMENT, PASSWORD, USER, address, name, new_password, password
from users.models import LONGEST_EMAIL, User


class RegistrationRequest(RequestSerializer):
    email = address(help_text="Compared without regard to case.")
    password = new_password()
    name = name(default="")

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"email": EMAIL, "password": PASSWORD, "name": "Ada"}}


class ProfileRequest(RequestSerializer):
    email = address(required=False)
    name = name()
    current_password = password(required=False, help_text="Needed for another e-mail address.")

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"name": "Ada Lovelace"}}


class ClosingRequest(RequestSerializer):
    current_password = password()

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"current_password": PASSWORD}}


class UserChangeRequest(RequestSerializer):
    role = serializers.ChoiceField(User.Role.choices, required=False)
    is_active = serializers.BooleanField(required=False)

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
        required=False, help_text="Only these, at most 100, with commas between them; unknown ones are left out."
    )
    role = serializers.ChoiceField(User.Role.choices, required=False)
    is_active = serializers.BooleanField(required=False, allow_null=True, default=None)


class ProfileResponse(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("id", "email", "name", "role", "created_at")
        swagger_schema_fields: ClassVar = {
            "example": {"id": USER, "email": EMAIL, "name": "Ada", "role": "customer", "created_at": MOMENT}
        }


class UserResponse(serializers.ModelSerializer[User]):
    is_closed = serializers.BooleanField(read_only=True, help_text="Whether its owner closed it; it is empty then.")

    class Meta:
        model = User
        fields = ("id", "email", "name", "role", "is_active", "is_closed", "created_at", "updated_at")
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

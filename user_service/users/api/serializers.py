"""What comes in, and what goes out."""

from typing import Any, ClassVar

from rest_framework import serializers

from chassis.validation import QuerySerializer, RequestSerializer
from users.models import LONGEST_EMAIL, LONGEST_NAME, User
from users.validation import validate_ascii

USER = "0198c5f0-3d5e-7f19-b6c2-1e4a7b9d0f44"
MOMENT = "2026-01-31T12:00:00.000000Z"
EMAIL = "ada@example.com"
PASSWORD = "correct horse battery"  # noqa: S105  (an example)
REFRESH = "3q2-7wEjRWeJq83vASNFZ4mrze8BI0VniavN7wEjRWc"
LONGEST_NEW_PASSWORD = 128
LONGEST_PASSWORD = 1000
"""Of one that is only compared; a first password from the environment may be longer than users may choose."""


def address(**options: Any) -> serializers.EmailField:
    """An e-mail address that an account may have."""
    return serializers.EmailField(max_length=LONGEST_EMAIL, trim_whitespace=False, validators=[validate_ascii], **options)


def name(**options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=LONGEST_NAME, allow_blank=True, trim_whitespace=False, required=False, **options)


def password(longest: int = LONGEST_PASSWORD, **options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=longest, trim_whitespace=False, **options)


class RegistrationRequest(RequestSerializer):
    email = address(help_text="Compared without regard to case.")
    password = password(LONGEST_NEW_PASSWORD, help_text="8 characters at least, and hard to guess.")
    name = name(default="")

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"email": EMAIL, "password": PASSWORD, "name": "Ada"}}


class SignInRequest(RequestSerializer):
    email = serializers.CharField(max_length=LONGEST_EMAIL, trim_whitespace=False)
    password = password()

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"email": EMAIL, "password": PASSWORD}}


class RefreshRequest(RequestSerializer):
    refresh = serializers.CharField(max_length=500, trim_whitespace=False, help_text="A refresh token.")

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"refresh": REFRESH}}


class ProfileRequest(RequestSerializer):
    email = address(required=False)
    name = name()
    current_password = password(required=False, help_text="Needed for another e-mail address.")

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"name": "Ada Lovelace"}}


class PasswordRequest(RequestSerializer):
    current_password = password()
    new_password = password(LONGEST_NEW_PASSWORD, help_text="8 characters at least, and hard to guess.")

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"current_password": PASSWORD, "new_password": "wrong mule torch"}}


class UserChangeRequest(RequestSerializer):
    role = serializers.ChoiceField(User.Role.choices, required=False)
    is_active = serializers.BooleanField(required=False)

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"role": "staff"}}


class UserQuery(QuerySerializer):
    search = serializers.CharField(
        max_length=LONGEST_EMAIL, allow_blank=True, required=False, default="", help_text="A part of the e-mail address or name."
    )


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


class TokenResponse(serializers.Serializer[Any]):
    access = serializers.CharField(help_text="For the Authorization header: `Bearer <access>`.")
    refresh = serializers.CharField(help_text="Good for one next pair, within 30 days.")
    token_type = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds that the access token is good for.")

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {
                "access": "eyJhbGciOiJSUzI1NiIsImtpZCI6Ik5…",
                "refresh": REFRESH,
                "token_type": "Bearer",
                "expires_in": 900,
            }
        }


class KeyResponse(serializers.Serializer[Any]):
    kty = serializers.CharField()
    use = serializers.CharField()
    alg = serializers.CharField()
    kid = serializers.CharField()
    n = serializers.CharField()
    e = serializers.CharField()


class KeySetResponse(serializers.Serializer[Any]):
    keys = KeyResponse(many=True)

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {
                "keys": [
                    {
                        "kty": "RSA",
                        "use": "sig",
                        "alg": "RS256",
                        "kid": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
                        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx…",
                        "e": "AQAB",
                    }
                ]
            }
        }

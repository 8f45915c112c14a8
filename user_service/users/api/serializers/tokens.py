"""Signing in, and the keys that verify it."""

from typing import Any, ClassVar

from rest_framework import serializers

from chassis.validation import RequestSerializer
from users.api.serializers.fields import EMAIL_TEXT, LONGEST_TOKEN, SECRET, password_field
from users.models import LONGEST_EMAIL


class SignInRequest(RequestSerializer):
    email = serializers.CharField(max_length=LONGEST_EMAIL, help_text=EMAIL_TEXT)
    password = password_field()

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {"email": "admin@example.com", "password": "admin-password"}
        }


class RefreshRequest(RequestSerializer):
    refresh = serializers.CharField(max_length=LONGEST_TOKEN, help_text="A refresh token.")

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"refresh": SECRET}}


class TokenResponse(serializers.Serializer[Any]):
    access = serializers.CharField(help_text="For the Authorization header: `Bearer <access>`.")
    refresh = serializers.CharField(help_text="Good for one next pair, within 30 days.")
    token_type = serializers.CharField(help_text="`Bearer`.")
    expires_in = serializers.IntegerField(help_text="Seconds that the access token is good for.")

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {
                "access": "eyJhbGciOiJSUzI1NiIsImtpZCI6Ik5…",
                "refresh": SECRET,
                "token_type": "Bearer",
                "expires_in": 900,
            }
        }


class SessionResponse(serializers.Serializer[Any]):
    access = serializers.CharField(help_text="For the Authorization header: `Bearer <access>`.")
    token_type = serializers.CharField(help_text="`Bearer`.")
    expires_in = serializers.IntegerField(help_text="Seconds that the access token is good for.")

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {
                "access": "eyJhbGciOiJSUzI1NiIsImtpZCI6Ik5…",
                "token_type": "Bearer",
                "expires_in": 900,
            }
        }


class KeyResponse(serializers.Serializer[Any]):
    kty = serializers.CharField(help_text="The type of key: `RSA`.")
    use = serializers.CharField(help_text="`sig`: it is for signatures.")
    alg = serializers.CharField(help_text="The algorithm: `RS256`.")
    kid = serializers.CharField(help_text="The key's id, which tokens name.")
    n = serializers.CharField(help_text="The modulus, base64url.")
    e = serializers.CharField(help_text="The exponent, base64url.")


class KeySetResponse(serializers.Serializer[Any]):
    keys = serializers.ListSerializer[Any](
        child=KeyResponse(), help_text="The public keys that tokens may be signed with."
    )

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

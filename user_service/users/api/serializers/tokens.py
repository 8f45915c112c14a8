from typing import Any, ClassVar

from rest_framework import serializers

from chassis.validation import RequestSerializer
from users.api.serializers.fields import TOKEN, TOKEN_MAX_LENGTH, help_text, password_field
from users.models import EMAIL_MAX_LENGTH

SESSION = {
    "access": "eyJhbGciOiJSUzI1NiIsImtpZCI6Ik5…",
    "token_type": "Bearer",
    "expires_in": 900,
}


class SignInRequest(RequestSerializer):
    email = serializers.CharField(max_length=EMAIL_MAX_LENGTH, help_text=help_text("email"))
    password = password_field()

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {"email": "admin@example.com", "password": "admin-password"}
        }


class RefreshRequest(RequestSerializer):
    refresh = serializers.CharField(max_length=TOKEN_MAX_LENGTH, help_text="A refresh token.")

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"refresh": TOKEN}}


class TokenResponse(serializers.Serializer[Any]):
    access = serializers.CharField(help_text="For the Authorization header: `Bearer <access>`.")
    refresh = serializers.CharField(help_text="Valid for one refresh, within 30 days.")
    token_type = serializers.CharField(help_text="`Bearer`.")
    expires_in = serializers.IntegerField(help_text="Lifetime of the access token in seconds.")

    class Meta:
        swagger_schema_fields: ClassVar = {"example": SESSION | {"refresh": TOKEN}}


class SessionResponse(TokenResponse):
    refresh = None  # type: ignore[assignment]  # it is in the cookie

    class Meta:
        swagger_schema_fields: ClassVar = {"example": SESSION}


class KeyResponse(serializers.Serializer[Any]):
    kty = serializers.CharField(help_text="The key type: `RSA`.")
    use = serializers.CharField(help_text="`sig`: for signatures.")
    alg = serializers.CharField(help_text="The algorithm: `RS256`.")
    kid = serializers.CharField(help_text="The id of the key, which tokens refer to.")
    n = serializers.CharField(help_text="The modulus, base64url.")
    e = serializers.CharField(help_text="The exponent, base64url.")


class KeySetResponse(serializers.Serializer[Any]):
    keys = serializers.ListSerializer[Any](
        child=KeyResponse(), help_text="The public keys of all tokens that have not expired."
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

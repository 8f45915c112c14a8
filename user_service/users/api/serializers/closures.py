"""Closed accounts."""

from typing import Any, ClassVar

from rest_framework import serializers

from chassis.validation import QuerySerializer
from users.api.serializers.fields import MOMENT, USER


class ClosureQuery(QuerySerializer):
    after = serializers.DateTimeField(
        help_text="RFC 3339. Accounts that were closed later than this."
    )


class ClosureResponse(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="The user's id.")
    closed_at = serializers.DateTimeField(
        source="updated_at", help_text="When the account was closed (RFC 3339, UTC)."
    )

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"id": USER, "closed_at": MOMENT}}

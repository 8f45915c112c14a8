from typing import Any, ClassVar

from rest_framework import serializers

from chassis.validation import QuerySerializer
from users.api.serializers.fields import TIMESTAMP, USER_ID


class ClosedAccountQuery(QuerySerializer):
    after = serializers.DateTimeField(
        help_text="RFC 3339. Only accounts that were closed later than this."
    )


class ClosedAccountResponse(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="The id of the user.")
    closed_at = serializers.DateTimeField(
        source="updated_at", help_text="When the account was closed (RFC 3339, UTC)."
    )

    class Meta:
        swagger_schema_fields: ClassVar = {"example": {"id": USER_ID, "closed_at": TIMESTAMP}}

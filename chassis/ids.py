"""Ids made by PostgreSQL 18: UUIDs of version 7 (RFC 9562), which sort by the time they were made."""

from django.db.models import Func, UUIDField


class UUIDv7(Func):
    """For `db_default` of a UUIDField."""

    function = "uuidv7"
    output_field = UUIDField()

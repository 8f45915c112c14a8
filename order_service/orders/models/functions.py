"""Database functions that Django does not have."""

from typing import Any
from uuid import UUID

from django.db import models


class UuidTimestamp(models.Func):
    """The creation time of a UUIDv7."""

    function = "uuid_extract_timestamp"
    arity = 1
    output_field = models.DateTimeField()


class UuidVersion(models.Func):
    function = "uuid_extract_version"
    arity = 1
    output_field = models.SmallIntegerField()


class OptimizerBarrier(models.Func):
    """Hides a value from the query planner.

    For a user with many orders PostgreSQL otherwise scans the primary key backwards, which reads
    a million rows if the user has not ordered recently, instead of using the index for the user.
    """

    template = "(SELECT %(expressions)s)"
    arity = 1

    def __init__(self, value: Any, **extra: Any) -> None:
        field = models.UUIDField() if isinstance(value, UUID) else models.CharField()
        super().__init__(models.Value(value, output_field=field), output_field=field, **extra)


class Uppercase(models.Func):
    """Upper case that does not depend on the locale of the database."""

    template = 'upper(%(expressions)s COLLATE "pg_unicode_fast")'
    arity = 1
    output_field = models.TextField()

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q


class RateLimit(models.Model):
    """The hits of a key in its current window.

    The table is unlogged: a crash of PostgreSQL resets all counts.
    """

    key = models.TextField(primary_key=True, db_collation="C")
    hits = models.IntegerField()
    resets_at: "models.DateTimeField[datetime, datetime]" = models.DateTimeField()

    class Meta:
        db_table = "rate_limit"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(hits__gte=0), name="hits_are_never_negative")
        ]
        indexes: ClassVar = [models.Index(fields=["resets_at"], name="rate_limit_by_reset")]

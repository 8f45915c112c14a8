from typing import ClassVar

from django.db import models
from django.db.models import Q


class ClosedAccount(models.Model):
    """A user who closed the account; the addresses in the user's orders have to be erased."""

    user_id = models.UUIDField(primary_key=True)
    closed_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    """The time of the next check of the user's orders; null when no address can be left."""

    class Meta:
        db_table = "closed_account"
        indexes: ClassVar = [
            models.Index(fields=["closed_at"], name="closed_accounts_by_time"),
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="closed_accounts_by_due"
            ),
        ]

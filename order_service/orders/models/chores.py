"""What the worker still has to see to."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from orders.models.orders import Order


class StockTask(models.Model):
    """Outbox row: what inventory has to do for an order; written with the change of the order, deleted when it is done."""

    class Verb(models.TextChoices):
        RELEASE = "release"
        FULFIL = "fulfil"

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True)
    verb = models.CharField(max_length=7, choices=Verb)
    due_at = models.DateTimeField()
    """When the next worker may try it."""
    created_at = models.DateTimeField(db_default=Now())
    attempts = models.IntegerField(db_default=0)
    """That failed."""
    last_error = models.CharField(max_length=200, db_default="")
    failed_at = models.DateTimeField(null=True)
    """Inventory has rejected it for a day: it is tried again only when staff say so."""

    FIELDS = ("order_id", "verb", "attempts", "last_error", "created_at", "due_at", "failed_at")
    """What staff see, in this order."""

    class Meta:
        db_table = "stock_task"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(verb__in=["release", "fulfil"]), name="stock_task_is_known"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"], condition=Q(failed_at__isnull=True), name="stock_tasks_by_due"
            ),
        ]


class ClosedAccount(models.Model):
    """A user who closed the account, and whose addresses have to go."""

    user_id = models.UUIDField(primary_key=True)
    closed_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    """When to look after the orders again; null when no address is left, and none can come any more."""

    class Meta:
        db_table = "closed_account"
        indexes: ClassVar = [
            models.Index(fields=["closed_at"], name="closed_accounts_by_time"),
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="closed_accounts_by_due"
            ),
        ]

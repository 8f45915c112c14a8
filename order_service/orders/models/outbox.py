from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from orders.models.orders import Order


class OutboxMessage(models.Model):
    """A call to inventory that an order's transition requires (transactional outbox).

    Written in the same statement as the transition, deleted after its delivery. One with
    `failed_at` is a dead letter: it is not retried until staff request it.
    """

    class Operation(models.TextChoices):
        RELEASE = "release"
        FULFIL = "fulfil"

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True)
    verb = models.CharField(max_length=7, choices=Operation)
    due_at = models.DateTimeField()
    """The time of the next delivery attempt; also the lease of a worker that is delivering it."""
    created_at = models.DateTimeField(db_default=Now())
    attempts = models.IntegerField(db_default=0)
    """Failed delivery attempts."""
    last_error = models.CharField(max_length=200, db_default="")
    failed_at = models.DateTimeField(null=True)

    FIELDS = ("order_id", "verb", "attempts", "last_error", "created_at", "due_at", "failed_at")
    """The fields of the API's response, in this order."""

    class Meta:
        db_table = "outbox_message"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(verb__in=["release", "fulfil"]), name="outbox_operation_is_known"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                condition=Q(failed_at__isnull=True),
                name="outbox_messages_by_due",
            ),
        ]

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from chassis.ids import UUIDv7
from orders.models.orders import Order


class Event(models.Model):
    """An entry of an order's history."""

    class Type(models.TextChoices):
        PLACED = "placed"
        CANCELLED = "cancelled"
        SHIPPED = "shipped"
        DELIVERED = "delivered"

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    type = models.CharField(max_length=9, choices=Type)
    actor = models.UUIDField()
    """The id of the user who did it."""
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "event"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(type__in=["placed", "cancelled", "shipped", "delivered"]),
                name="event_type_is_known",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["order", "id"], name="events_of_an_order")]

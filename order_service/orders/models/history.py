"""What happened to an order, and what staff noted about it."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Now

from chassis.ids import UUIDv7
from orders.models.orders import Order


class EventQuerySet(models.QuerySet["Event"]):
    def of(self, order: Order) -> Self:
        """With `actor_role`. Only the customer places an order, only staff ship and deliver it, either may cancel it."""
        by_customer = Q(actor=order.user_id, type__in=[Event.Type.PLACED, Event.Type.CANCELLED])
        role = Case(
            When(by_customer, then=Value("customer")),
            default=Value("staff"),
            output_field=models.CharField(),
        )
        return self.filter(order=order).annotate(actor_role=role)


class Event(models.Model):
    """What happened to an order, when, and who did it."""

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
    """The user."""
    created_at = models.DateTimeField(db_default=Now())

    objects = EventQuerySet.as_manager()
    actor_role: str
    """In what capacity; there after of()."""

    class Meta:
        db_table = "event"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(type__in=["placed", "cancelled", "shipped", "delivered"]),
                name="event_type_is_known",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["order", "id"], name="events_of_an_order")]


class Note(models.Model):
    """What staff want to remember of an order. The customer never sees it; a trigger refuses to change or delete one."""

    LONGEST = 2000

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="notes", db_index=False)
    text = models.CharField(max_length=LONGEST)
    author = models.UUIDField()
    """The member of staff."""
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "note"
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(text=""), name="a_note_says_something")
        ]
        indexes: ClassVar = [models.Index(fields=["order", "id"], name="notes_of_an_order")]

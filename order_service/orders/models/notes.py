from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from chassis.ids import UUIDv7
from orders.models.orders import Order


class Note(models.Model):
    """A note of staff about an order, hidden from the customer; append-only by a trigger."""

    MAX_LENGTH = 2000

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="notes", db_index=False)
    text = models.CharField(max_length=MAX_LENGTH)
    author = models.UUIDField()
    """The user id of the staff member."""
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "note"
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(text=""), name="a_note_has_text")
        ]
        indexes: ClassVar = [models.Index(fields=["order", "id"], name="notes_of_an_order")]

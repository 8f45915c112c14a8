"""The facts: orders, the attempts that made them, and what inventory still has to be told."""

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from django.db import models
from django.db.models import F, Prefetch, Q
from django.db.models.functions import Now

from chassis.ids import UUIDv7


class Attempt(models.Model):
    """One try, or several, to place one order; see services/attempts.py for how the state changes.

    absent ─claim→ started ─┬─ saved with the order ──→ completed
       ▲                    ├─ refused for good ──────→ refused
       └── aborted ←─release─ aborting ←── anything unknown, or the lease is over
    """

    class State(models.TextChoices):
        STARTED = "started"
        COMPLETED = "completed"
        REFUSED = "refused"
        ABORTING = "aborting"
        ABORTED = "aborted"

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    user_id = models.UUIDField()
    idempotency_key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    state = models.CharField(max_length=9, choices=State)
    order_id = models.UUIDField()
    """The id under way: a new one each time the attempt starts over."""
    order_number = models.BigIntegerField()
    lease_until = models.DateTimeField()
    """Until then a request (started) or a worker (aborting) is at it, and nobody else."""
    answer_status = models.SmallIntegerField(null=True)
    answer = models.TextField(null=True)  # noqa: DJ001  (no answer is not an empty one)
    """The definitive answer, word for word."""
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "attempt"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user_id", "idempotency_key"], name="one_attempt_per_key"),
            models.CheckConstraint(
                condition=Q(state__in=["started", "completed", "refused", "aborting", "aborted"]), name="attempt_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["completed", "refused"], answer__isnull=False, answer_status__isnull=False)
                | Q(state__in=["started", "aborting", "aborted"], answer__isnull=True),
                name="an_attempt_has_its_answer_when_it_is_over",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lease_until"], condition=Q(state__in=["started", "aborting"]), name="unfinished_attempts"),
            models.Index(fields=["created_at"], name="attempts_by_age"),
        ]


class OrderQuerySet(models.QuerySet["Order"]):
    def with_items(self) -> Self:
        return self.prefetch_related(Prefetch("lines", OrderLine.objects.order_by("position"), to_attr="items"))

    def visible_to(self, user_id: UUID, *, is_staff: bool) -> Self:
        return self if is_staff else self.filter(user_id=user_id)

    def matching(
        self,
        *,
        status: str | None = None,
        user_id: UUID | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
    ) -> Self:
        wanted = {"status": status, "user_id": user_id, "created_at__gt": created_after, "created_at__lt": created_before}
        return self.filter(**{name: value for name, value in wanted.items() if value is not None})


class Order(models.Model):
    class Status(models.TextChoices):
        CONFIRMED = "confirmed"
        SHIPPED = "shipped"
        DELIVERED = "delivered"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=20)
    user_id = models.UUIDField()
    status = models.CharField(max_length=9, choices=Status)
    total = models.DecimalField(max_digits=18, decimal_places=2)
    currency = models.CharField(max_length=3)
    shipping_address = models.JSONField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = OrderQuerySet.as_manager()
    items: list["OrderLine"]
    """The lines, in order; there after with_items()."""

    class Meta:
        db_table = "order"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number"], name="order_number_is_unique"),
            models.CheckConstraint(
                condition=Q(status__in=["confirmed", "shipped", "delivered", "cancelled"]), name="order_status_is_known"
            ),
            models.CheckConstraint(condition=Q(total__gte=0), name="total_is_never_negative"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user_id", "-id"], name="orders_of_a_user"),
            models.Index(fields=["status", "-id"], name="orders_by_status"),
        ]


class OrderLine(models.Model):
    """What was ordered, as it was named and priced then."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.SmallIntegerField()
    product_id = models.UUIDField()
    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    unit_price = models.DecimalField(max_digits=12, decimal_places=2)
    quantity = models.IntegerField()
    line_total = models.DecimalField(max_digits=18, decimal_places=2)

    class Meta:
        db_table = "order_line"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "position"], name="one_line_per_position"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="a_line_has_units"),
            models.CheckConstraint(condition=Q(line_total=F("unit_price") * F("quantity")), name="a_line_adds_up"),
        ]


class Event(models.Model):
    """What happened to an order, when, and who did it."""

    class Type(models.TextChoices):
        PLACED = "placed"
        CANCELLED = "cancelled"
        SHIPPED = "shipped"
        DELIVERED = "delivered"

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events", db_index=False)
    type = models.CharField(max_length=9, choices=Type)
    actor = models.UUIDField()
    """The user."""
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "event"
        indexes: ClassVar = [models.Index(fields=["order", "id"], name="events_of_an_order")]


class StockTask(models.Model):
    """What inventory has to be told about an order; written with the change of the order, deleted when it is done."""

    class Verb(models.TextChoices):
        RELEASE = "release"
        FULFIL = "fulfil"

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True)
    verb = models.CharField(max_length=7, choices=Verb)
    due_at = models.DateTimeField()
    """When the next worker may try it."""

    class Meta:
        db_table = "stock_task"
        constraints: ClassVar = [models.CheckConstraint(condition=Q(verb__in=["release", "fulfil"]), name="stock_task_is_known")]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="stock_tasks_by_due")]

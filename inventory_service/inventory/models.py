"""Stock, the reservations of orders, and the ledger of every change."""

from typing import ClassVar

from django.db import models
from django.db.models import ExpressionWrapper, F, Q
from django.db.models.functions import Now

from chassis.ids import UUIDv7


class Stock(models.Model):
    """The units of one product. Only `services/stock_ledger.py` changes them."""

    product_id = models.UUIDField(primary_key=True)
    quantity = models.BigIntegerField(db_default=0)
    reserved = models.BigIntegerField(db_default=0)
    low_stock_threshold = models.BigIntegerField(db_default=0)
    is_low = models.GeneratedField(
        expression=ExpressionWrapper(
            Q(quantity__lte=F("low_stock_threshold")), models.BooleanField()
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    """A column, so that its index is updated only when this value changes: see docs/adr/0012."""
    product_unverified = models.BooleanField(db_default=False)
    """Received while the product service was unavailable: the product may not exist."""
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    product_name = ""
    """Set in the admin only."""

    class Meta:
        db_table = "stock"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(quantity__gte=0), name="stock_is_never_negative"),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="reserved_is_never_negative"),
            models.CheckConstraint(
                condition=Q(low_stock_threshold__gte=0), name="threshold_is_never_negative"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["is_low", "product_id"], name="stock_by_low"),
            models.Index(
                fields=["product_id"], condition=Q(product_unverified=True), name="stock_unverified"
            ),
        ]

    def __str__(self) -> str:
        return f"Stock of {self.product_name or self.product_id}"


class Reservation(models.Model):
    """The decision about an order id. A `released` one may never have held any stock."""

    class Status(models.TextChoices):
        HELD = "held"
        RELEASED = "released"
        FULFILLED = "fulfilled"

    order_id = models.UUIDField(primary_key=True)
    status = models.CharField(max_length=9, choices=Status)
    items = models.JSONField(db_default=models.Value([], models.JSONField()))
    """`[{"product_id": …, "quantity": …}]` in product_id order."""
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "reservation"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=["held", "released", "fulfilled"]),
                name="reservation_status_is_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["status", "order_id"], name="reservations_by_status")
        ]


class Movement(models.Model):
    """A row of the ledger, inserted with the change that it records. Triggers reject other writes.

    `delta` is the change of all units, `quantity` + `reserved`; `reserved_delta` is the change of
    `reserved`. So the deltas of a product add up to its quantity + reserved.
    """

    class Kind(models.TextChoices):
        RECEIPT = "receipt"
        ADJUSTMENT = "adjustment"
        RESERVATION = "reservation"
        RELEASE = "release"
        FULFILMENT = "fulfilment"

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    product_id = models.UUIDField()
    kind = models.CharField(max_length=11, choices=Kind)
    delta = models.BigIntegerField()
    reserved_delta = models.BigIntegerField()
    quantity_after = models.BigIntegerField()
    reserved_after = models.BigIntegerField()
    reference = models.UUIDField(null=True)
    """The order id, for reservation, release and fulfilment."""
    note = models.CharField(max_length=500, db_default="")
    actor = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "movement"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=["receipt", "adjustment", "reservation", "release", "fulfilment"]
                ),
                name="movement_kind_is_known",
            ),
            models.CheckConstraint(condition=~Q(actor=""), name="movement_names_its_actor"),
            models.CheckConstraint(
                condition=Q(kind__in=["receipt", "adjustment"], reference__isnull=True)
                | Q(kind__in=["reservation", "release", "fulfilment"], reference__isnull=False),
                name="movement_of_an_order_names_it",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["product_id", "id"], name="movements_by_product"),
            # Reservations are excluded: they are inserted while an order waits.
            models.Index(
                fields=["product_id", "kind", "id"],
                condition=~Q(kind="reservation"),
                name="movements_by_kind",
            ),
        ]


class IdempotencyKey(models.Model):
    """The stored response to a request with an Idempotency-Key."""

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    user_id = models.UUIDField()
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.SmallIntegerField()
    response = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "idempotency_key"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user_id", "key"], name="one_answer_per_key")
        ]

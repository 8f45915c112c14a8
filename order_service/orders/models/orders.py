from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import Exact

from orders.models.functions import Uppercase, UuidTimestamp, UuidVersion

STATUSES = ["confirmed", "shipped", "delivered", "cancelled"]


class Order(models.Model):
    class Status(models.TextChoices):
        CONFIRMED = "confirmed"
        SHIPPED = "shipped"
        DELIVERED = "delivered"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=20, db_collation="C")  # its index also serves prefixes
    user_id = models.UUIDField()
    status = models.CharField(max_length=9, choices=Status)
    total = models.DecimalField(max_digits=18, decimal_places=2)
    currency = models.CharField(max_length=3)
    shipping_address = models.JSONField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    items: list["OrderLine"]
    """The lines by position; set by the selectors."""
    FIELDS = (
        "id",
        "number",
        "user_id",
        "status",
        "items",
        "total",
        "currency",
        "shipping_address",
        "created_at",
        "updated_at",
    )
    """The fields of the API's response, in this order."""

    class Meta:
        db_table = "order"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number"], name="order_number_is_unique"),
            models.CheckConstraint(condition=Q(status__in=STATUSES), name="order_status_is_known"),
            models.CheckConstraint(condition=Q(total__gte=0), name="total_is_never_negative"),
            models.CheckConstraint(
                condition=Q(Exact(UuidVersion("id"), 7), created_at=UuidTimestamp("id")),
                name="an_order_is_as_old_as_its_id",
            ),
        ]
        # Ascending like the ids, so that pages stay full; backward scans return the newest first.
        indexes: ClassVar = [
            models.Index(fields=["user_id", "id"], name="orders_of_a_user"),
            models.Index(fields=["user_id", "status", "id"], name="orders_of_a_user_by_status"),
            # Partial indexes are smaller than the primary key, so the planner prefers them to it.
            *(
                models.Index(fields=["id"], condition=Q(status=status), name=f"orders_{status}")
                for status in STATUSES
            ),
        ]

    def __str__(self) -> str:
        return f"Order {self.number}"

    def to_dict(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in self.FIELDS}
        return values | {"items": [line.to_dict() for line in self.items]}


class OrderLine(models.Model):
    """A product with its name and price at the time of the order."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.SmallIntegerField()
    product_id = models.UUIDField()
    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    unit_price = models.DecimalField(max_digits=12, decimal_places=2)
    quantity = models.IntegerField()
    line_total = models.DecimalField(max_digits=18, decimal_places=2)

    FIELDS = ("product_id", "sku", "name", "unit_price", "quantity", "line_total")
    """The fields of the API's response, in this order."""

    class Meta:
        db_table = "order_line"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "position"], name="one_line_per_position"),
            models.UniqueConstraint(fields=["product_id", "order"], name="one_line_per_product"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="a_line_has_units"),
            models.CheckConstraint(
                condition=Q(line_total=F("unit_price") * F("quantity")), name="a_line_adds_up"
            ),
        ]
        indexes: ClassVar = [models.Index(Uppercase("sku"), "order", name="lines_by_uppercase_sku")]

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.FIELDS}

"""Orders and their lines, and how they are found."""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self
from uuid import UUID

from django.db import models
from django.db.models import F, Prefetch, Q
from django.db.models.lookups import Exact

ADDRESS_LONGEST = {
    "name": 150,
    "line1": 200,
    "line2": 200,
    "city": 100,
    "region": 100,
    "postal_code": 20,
    "country": 60,
    "phone": 40,
}
ADDRESS_NEEDED = {"line1", "city", "country"}
AGES_DIFFER = timedelta(minutes=1)
"""Between an order's id, which tells when it was made, and its created_at, at most."""


class Moment(models.Func):
    """When an id of version 7 was made."""

    function = "uuid_extract_timestamp"
    arity = 1
    output_field = models.DateTimeField()


class Version(models.Func):
    function = "uuid_extract_version"
    arity = 1
    output_field = models.SmallIntegerField()


class OrderQuerySet(models.QuerySet["Order"]):
    def with_items(self) -> Self:
        return self.prefetch_related(Prefetch("lines", OrderLine.objects.order_by("position"), to_attr="items"))

    def visible_to(self, user_id: UUID, *, is_staff: bool) -> Self:
        return self if is_staff else self.filter(user_id=user_id)

    def matching(self, **wanted: Any) -> Self:
        """By `status`, `user_id`, `product_id`, `sku`, `number` (how it begins), `created_after` and `created_before`."""
        return self.filter(*(CONDITIONS[name](value) for name, value in wanted.items()))


def _after(moment: datetime) -> Q:
    """The ids are for the index, which has no created_at."""
    return Q(created_at__gt=moment, id__gte=_first_id(moment, -AGES_DIFFER))


def _before(moment: datetime) -> Q:
    return Q(created_at__lt=moment, id__lt=_first_id(moment, AGES_DIFFER))


def _first_id(moment: datetime, later: timedelta) -> UUID:
    """None that is made so much later than the moment is less. (The sum itself may be past the end of the calendar.)"""
    milliseconds = math.ceil((moment.timestamp() + later.total_seconds()) * 1000)
    return UUID(int=min(max(milliseconds, 0), 2**48 - 1) << 80)


CONDITIONS: dict[str, Callable[[Any], Q]] = {
    "status": lambda status: Q(status=status),
    "user_id": lambda user_id: Q(user_id=user_id),
    "product_id": lambda product_id: Q(lines__product_id=product_id),
    "sku": lambda sku: Q(lines__sku=sku),
    "number": lambda beginning: Q(number__startswith=beginning),
    "created_after": _after,
    "created_before": _before,
}


class Order(models.Model):
    class Status(models.TextChoices):
        CONFIRMED = "confirmed"
        SHIPPED = "shipped"
        DELIVERED = "delivered"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=20, db_collation="C")  # so that its index also finds how a number begins
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
            models.CheckConstraint(
                condition=Q(Exact(Version("id"), 7))
                & Q(created_at__range=(Moment("id") - AGES_DIFFER, Moment("id") + AGES_DIFFER)),
                name="an_order_is_as_old_as_its_id",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user_id", "-id"], name="orders_of_a_user"),
            models.Index(fields=["status", "-id"], name="orders_by_status"),
            models.Index(fields=["user_id", "status", "-id"], name="orders_of_a_user_by_status"),
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
            models.UniqueConstraint(fields=["product_id", "order"], name="one_line_per_product"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="a_line_has_units"),
            models.CheckConstraint(condition=Q(line_total=F("unit_price") * F("quantity")), name="a_line_adds_up"),
        ]
        indexes: ClassVar = [models.Index(fields=["sku", "order"], name="lines_by_sku")]

"""Orders and their lines, and how they are found."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
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
STATUSES = ["confirmed", "shipped", "delivered", "cancelled"]
EPOCH, MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
ADDRESS_NEEDED = {"line1", "city", "country"}


class Moment(models.Func):
    """When an id of version 7 was made."""

    function = "uuid_extract_timestamp"
    arity = 1
    output_field = models.DateTimeField()


class Version(models.Func):
    function = "uuid_extract_version"
    arity = 1
    output_field = models.SmallIntegerField()


class Unseen(models.Func):
    """A value that the planner does not look at, because what it knows of it misleads it.

    Of a user with many orders it would think that walking all orders from the newest on meets enough of his soon, and walk
    through a million if he has not been here lately. So it takes the index that is made for it.
    """

    template = "(SELECT %(expressions)s)"
    arity = 1

    def __init__(self, value: Any, **extra: Any) -> None:
        kind = models.UUIDField() if isinstance(value, UUID) else models.CharField()
        super().__init__(models.Value(value, output_field=kind), output_field=kind, **extra)


class InCapitals(models.Func):
    """The same under every locale of the database."""

    template = 'upper(%(expressions)s COLLATE "pg_unicode_fast")'
    arity = 1
    output_field = models.TextField()


class OrderQuerySet(models.QuerySet["Order"]):
    def with_items(self) -> Self:
        return self.prefetch_related(
            Prefetch("lines", OrderLine.objects.order_by("position"), to_attr="items")
        )

    def visible_to(self, user_id: UUID, *, is_staff: bool) -> Self:
        return self if is_staff else self.filter(user_id=Unseen(user_id))

    def matching(self, **wanted: Any) -> Self:
        """By `status`, `user_id`, `product_id`, `sku`, `number` (how it begins), `created_after` and `created_before`.

        `place` is the order's id, read where the index that leads to it has it: there pages and times can be cut.
        """
        rows = self.filter(
            *(CONDITIONS[name](value) for name, value in wanted.items() if name not in TIMES)
        )
        placed = rows.annotate(
            place=F("lines__order_id" if wanted.keys() & {"product_id", "sku"} else "id")
        )
        return placed.filter(
            *(TIMES[name](value) for name, value in wanted.items() if name in TIMES)
        )


def _first_id(milliseconds: int) -> UUID:
    """Of all that could be made from that millisecond on."""
    return UUID(int=min(max(milliseconds, 0), 2**48 - 1) << 80)


CONDITIONS: dict[str, Callable[[Any], Q]] = {
    "status": lambda status: Q(status=status),
    "user_id": lambda user_id: Q(user_id=Unseen(user_id)),
    "product_id": lambda product_id: Q(lines__product_id=Unseen(product_id)),
    "sku": lambda sku: Q(Exact(InCapitals("lines__sku"), InCapitals(Unseen(sku)))),
    "number": lambda beginning: Q(number__startswith=beginning),
}
TIMES: dict[str, Callable[[datetime], Q]] = {  # an order is as old as its id, to the millisecond
    "created_after": lambda moment: Q(place__gte=_first_id((moment - EPOCH) // MILLISECOND + 1)),
    "created_before": lambda moment: Q(place__lt=_first_id(-((EPOCH - moment) // MILLISECOND))),
}


class Order(models.Model):
    class Status(models.TextChoices):
        CONFIRMED = "confirmed"
        SHIPPED = "shipped"
        DELIVERED = "delivered"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True)
    number = models.CharField(
        max_length=20, db_collation="C"
    )  # so that its index also finds how a number begins
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
    """What clients see, in this order."""

    class Meta:
        db_table = "order"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number"], name="order_number_is_unique"),
            models.CheckConstraint(condition=Q(status__in=STATUSES), name="order_status_is_known"),
            models.CheckConstraint(condition=Q(total__gte=0), name="total_is_never_negative"),
            models.CheckConstraint(
                condition=Q(Exact(Version("id"), 7), created_at=Moment("id")),
                name="an_order_is_as_old_as_its_id",
            ),
        ]
        # Ascending, as the ids come: PostgreSQL then fills their pages, and reads them backwards for the newest first.
        indexes: ClassVar = [
            models.Index(fields=["user_id", "id"], name="orders_of_a_user"),
            models.Index(fields=["user_id", "status", "id"], name="orders_of_a_user_by_status"),
            # One for each status, smaller than the primary key: a walk through all orders looks dearer than this to the planner.
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

    FIELDS = ("product_id", "sku", "name", "unit_price", "quantity", "line_total")
    """What clients see, in this order."""

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
        indexes: ClassVar = [
            models.Index(InCapitals("sku"), "order", name="lines_by_sku_in_any_case")
        ]

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.FIELDS}

"""The facts: what is sold, and for how much."""

from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from chassis.ids import UUIDv7


class ProductQuerySet(models.QuerySet["Product"]):
    def active(self) -> "ProductQuerySet":
        return self.filter(is_active=True)

    def matching(
        self,
        *,
        ids: list[UUID] | None = None,
        category: str | None = None,
        min_price: Decimal | None = None,
        max_price: Decimal | None = None,
        include_archived: bool = False,
    ) -> "ProductQuerySet":
        """Only what is all that the caller says it should be."""
        wanted = {"pk__in": ids, "category": category, "price__gte": min_price, "price__lte": max_price}
        rows = self if include_archived else self.active()
        return rows.filter(**{lookup: value for lookup, value in wanted.items() if value is not None})


class Product(models.Model):
    """A trigger counts `version` up and sets `updated_at` with each change, whoever makes it; one that changes nothing is none."""

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    description = models.CharField(max_length=10_000, db_default="")
    price = models.DecimalField(max_digits=12, decimal_places=2)
    """In settings.SHOP_CURRENCY."""
    category = models.CharField(max_length=100, db_default="")
    image_url = models.CharField(max_length=2000, db_default="")
    is_active = models.BooleanField(db_default=True)
    """An archived product is not active: nobody can order it, and only staff see it."""
    version = models.BigIntegerField(db_default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    objects = ProductQuerySet.as_manager()

    class Meta:
        db_table = "product"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sku"], name="sku_is_unique"),
            models.CheckConstraint(condition=Q(price__gte=0), name="price_is_never_negative"),
        ]
        indexes: ClassVar = [models.Index(fields=["-id"], condition=Q(is_active=True), name="active_products")]

    @property
    def currency(self) -> str:
        return str(settings.SHOP_CURRENCY)

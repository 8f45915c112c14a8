"""The facts: what is sold, for how much, and under which category."""

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from chassis.ids import UUIDv7

DEEPEST_LEVEL = 4
"""Of the tree of categories; each has its indexes."""


class InCategory(Func):
    """Whether a product is in the category, given as text or slug, or below it."""

    template = "lineage[%(level)s] = (category_lineage(%(expressions)s))[%(level)s]"
    output_field = BooleanField()

    def __init__(self, category: str) -> None:
        super().__init__(Value(category), level=level_of(category))


def level_of(category: str) -> int:
    return min(len([name for name in category.split("/") if name.strip(" ")]), DEEPEST_LEVEL)


class ProductQuerySet(models.QuerySet["Product"]):
    def active(self) -> "ProductQuerySet":
        return self.filter(is_active=True)

    def matching(
        self,
        *,
        ids: list[UUID] | None = None,
        sku: list[str] | None = None,
        category: str | None = None,
        min_price: Decimal | None = None,
        max_price: Decimal | None = None,
        include_archived: bool = False,
    ) -> "ProductQuerySet":
        """Only what is all that the caller says it should be."""
        wanted = {"pk__in": ids, "sku__in": sku, "price__gte": min_price, "price__lte": max_price}
        rows = self if include_archived else self.active()
        rows = rows.filter(
            **{lookup: value for lookup, value in wanted.items() if value is not None}
        )
        return rows if category is None else rows.filter(InCategory(category))

    def with_sort_name(self) -> "ProductQuerySet":
        """The name as it sorts: the same under every locale, and without regard to capitals, accents and signs."""
        return self.annotate(sort_name=RawSQL("sort_name", (), models.TextField(db_collation="C")))

    def in_batches(self) -> "Iterator[Product]":
        """All of them by SKU, a thousand at a time: in little memory, and with no long statement."""
        last = ""
        while batch := list(self.filter(sku__gt=last).order_by("sku")[:1000]):
            yield from batch
            last = batch[-1].sku


class Product(models.Model):
    """A trigger counts `version` up and sets `updated_at` with each change, whoever makes it. To change nothing is no change.

    The database generates three more columns, for its indexes only: `search`, the words, `lineage`, the categories' slugs, and
    `sort_name`.
    """

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    description = models.CharField(max_length=10_000, db_default="")
    price = models.DecimalField(max_digits=12, decimal_places=2)
    """In settings.SHOP_CURRENCY."""
    category = models.CharField(max_length=100, db_default="")
    """As staff gave it: a name, or a path of names with `/` between them."""
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

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"

    @property
    def currency(self) -> str:
        return str(settings.SHOP_CURRENCY)


class CategoryQuerySet(models.QuerySet["Category"]):
    def in_use(self) -> "CategoryQuerySet":
        """Those with active products, as a tree: each followed by those below it."""
        path = Func(
            F("slug"), Value("/"), function="string_to_array", output_field=models.TextField()
        )
        return self.filter(product_count__gt=0).order_by(path)


class Category(models.Model):
    """A node of the tree. Triggers count the active products in and below it; one that had products once stays, with none."""

    slug = models.TextField(primary_key=True, db_collation="C")
    name = models.CharField(max_length=100)
    product_count = models.BigIntegerField()

    objects = CategoryQuerySet.as_manager()

    class Meta:
        db_table = "category"
        verbose_name_plural = "categories"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(product_count__gte=0), name="product_count_is_never_negative"
            )
        ]

    @property
    def parent(self) -> str | None:
        return self.slug.rpartition("/")[0] or None


class Spelling(models.Model):
    """A word that products have, under itself and under what is left of it without one of its letters; triggers write it."""

    pk = models.CompositePrimaryKey("variant", "word")
    variant = models.TextField(db_collation="C")
    word = models.TextField(db_collation="C")

    class Meta:
        db_table = "spelling"

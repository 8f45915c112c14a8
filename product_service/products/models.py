"""Products, the category tree, and the vocabulary for spelling corrections."""

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

PUBLIC_FIELDS = (
    "id",
    "sku",
    "name",
    "description",
    "price",
    "currency",
    "category",
    "image_url",
    "is_active",
    "created_at",
    "updated_at",
)
"""The fields of a product that clients read, in this order. Everything else is derived from it."""
READ_ONLY_FIELDS = ("id", "currency", "created_at", "updated_at")
EDITABLE_FIELDS = tuple(name for name in PUBLIC_FIELDS if name not in READ_ONLY_FIELDS)

MAX_DEPTH = 4
"""Levels of the category tree; each level has its own indexes."""
BATCH_SIZE = 1000


class InCategory(Func):
    """True for products in the category, given as text or slug, and in those below it."""

    template = "category_path[%(level)s] = (category_path(%(expressions)s))[%(level)s]"
    output_field = BooleanField()

    def __init__(self, category: str) -> None:
        names = [name for name in category.split("/") if name.strip(" ")]
        super().__init__(Value(category), level=min(len(names), MAX_DEPTH))


class ProductQuerySet(models.QuerySet["Product"]):
    def active(self) -> "ProductQuerySet":
        return self.filter(is_active=True)

    def filter_by(
        self,
        *,
        ids: list[UUID] | None = None,
        sku: list[str] | None = None,
        category: str | None = None,
        min_price: Decimal | None = None,
        max_price: Decimal | None = None,
        include_archived: bool = False,
    ) -> "ProductQuerySet":
        lookups = {"pk__in": ids, "sku__in": sku, "price__gte": min_price, "price__lte": max_price}
        rows = self if include_archived else self.active()
        rows = rows.filter(**{name: value for name, value in lookups.items() if value is not None})
        return rows if category is None else rows.filter(InCategory(category))

    def with_sort_name(self) -> "ProductQuerySet":
        """The name without case, accents and punctuation, which sorts alike in every locale."""
        return self.annotate(sort_name=RawSQL("sort_name", (), models.TextField(db_collation="C")))

    def iterate(self) -> "Iterator[Product]":
        """All rows by SKU in batches, which limits the memory and the time of each statement."""
        last = ""
        while batch := list(self.filter(sku__gt=last).order_by("sku")[:BATCH_SIZE]):
            yield from batch
            last = batch[-1].sku


class Product(models.Model):
    """A trigger increments `version` and sets `updated_at` when an UPDATE changes any value.

    The migrations add three generated columns, which only indexes use: `search` (tsvector),
    `category_path` (the slugs of the category and of its parents) and `sort_name`.
    """

    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    description = models.CharField(max_length=10_000, db_default="")
    price = models.DecimalField(max_digits=12, decimal_places=2)
    """In settings.SHOP_CURRENCY."""
    category = models.CharField(max_length=100, db_default="")
    """As staff entered it: a name, or a path of names separated by `/`."""
    image_url = models.CharField(max_length=2000, db_default="")
    is_active = models.BooleanField(db_default=True)
    """False for archived products, which cannot be ordered and which only staff can read."""
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
    def non_empty(self) -> "CategoryQuerySet":
        """Categories with active products, in tree order: each is followed by its children."""
        path = Func(
            F("slug"), Value("/"), function="string_to_array", output_field=models.TextField()
        )
        return self.filter(product_count__gt=0).order_by(path)


class Category(models.Model):
    """A node of the tree. Triggers on `product` create it and count the active products below."""

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


class SpellingVariant(models.Model):
    """A word of the catalogue, stored as itself and without each one of its letters.

    Words that are one typing error apart share a variant. Triggers on `product` add the rows.
    """

    pk = models.CompositePrimaryKey("variant", "word")
    variant = models.TextField(db_collation="C")
    word = models.TextField(db_collation="C")

    class Meta:
        db_table = "spelling_variant"

"""Which products a list shows, and in which order."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings

from chassis.statements import Statement
from products.candidates import MANY, looked_through, rarest_word
from products.models import Product, ProductQuerySet
from products.search import Question, corrections_of, words_of

COLUMNS = {"created_at": "created_at", "name": "sort_name", "price": "price"}
NEWEST_FIRST = ("-created_at",)
BEST_FIRST = ("-score", "-id")

SOLD = Statement(
    "sold",
    """
    SELECT version, id, sku, name, description, price, %(currency)s::text, category, image_url, is_active, created_at, updated_at
    FROM product WHERE id = ANY(%(ids)s::uuid[]) AND is_active ORDER BY id DESC""",
)
SOLD_AS = [
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
]

Listing = tuple[ProductQuerySet, tuple[str, ...]]


def sold(ids: Sequence[UUID | str]) -> list[dict[str, Any]]:
    """What each order asks for: those of the products that exist and are active, as they are answered. For PostgreSQL it is
    as much work as any way to ask, for Python a tenth."""
    return [product for _, product in sold_with_versions(ids)]


def sold_with_versions(ids: Sequence[UUID | str]) -> list[tuple[int, dict[str, Any]]]:
    rows = SOLD.run(ids=[str(id) for id in ids], currency=settings.SHOP_CURRENCY)
    return [(version, dict(zip(SOLD_AS, values, strict=True))) for version, *values in rows]


def listings(*, search: str = "", ordering: Sequence[str] = (), **wanted: Any) -> Iterator[Listing]:
    """The products wanted, with a unique order for their pages. A search has a second answer, for when the first is
    empty: with its typing errors corrected."""
    rows = Product.objects.matching(**wanted)
    if not words_of(search):
        yield _ordered(rows, ordering or NEWEST_FIRST)
        return
    yield _found(rows, Question(search), ordering)
    if any((corrections := corrections_of(search)).values()):
        yield _found(rows, Question(search, corrections), ordering)


def _found(rows: ProductQuerySet, question: Question, ordering: Sequence[str]) -> Listing:
    """The index is asked for a rare word only, and those that have it are looked through for the others."""
    fewest, rarest = rarest_word(question)
    if fewest < MANY:
        rows = rows.filter(rarest, question.matches_by_the_way)
    elif ordering:
        rows = rows.filter(question.matches)
    else:
        rows = looked_through(rows, question, fewest)
    return _ordered(rows, ordering) if ordering else (rows.annotate(score=question.score), BEST_FIRST)


def _ordered(rows: ProductQuerySet, ordering: Sequence[str]) -> Listing:
    signs_and_columns = [("-" if name.startswith("-") else "", COLUMNS[name.removeprefix("-")]) for name in ordering]
    if any(column == "sort_name" for _, column in signs_and_columns):
        rows = rows.with_sort_name()
    columns = [f"{sign}{column}" for sign, column in signs_and_columns]
    return rows, (*columns, f"{signs_and_columns[0][0]}id")

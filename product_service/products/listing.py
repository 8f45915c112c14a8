"""Which products a list shows, and in which order."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings

from chassis.pagination import KeyRange
from chassis.statements import PreparedStatement
from products import candidates
from products.models import Product, ProductQuerySet
from products.search import Question, corrections_of, words_of

COLUMNS = {"created_at": "created_at", "name": "sort_name", "price": "price"}
NEWEST_FIRST = ("-created_at",)
BEST_FIRST = ("-score", "-id")

FIELDS = (
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
"""What clients see of a product, in this order."""

BY_ID = PreparedStatement(
    "products_by_id",
    """
    SELECT version, id, sku, name, description, price, %(currency)s::text, category, image_url, is_active, created_at, updated_at
    FROM product WHERE id = ANY(%(ids)s::uuid[]) AND (is_active OR %(include_archived)s) ORDER BY id DESC""",
)

LEAST_PRICE, GREATEST_PRICE = Decimal("0.00"), Decimal("9999999999.99")
LEAST_ID, GREATEST_ID = UUID(int=0), UUID(int=2**128 - 1)

Listing = tuple[ProductQuerySet, Sequence[str], KeyRange | None]


def by_id(
    ids: Sequence[UUID], *, include_archived: bool = False
) -> list[tuple[int, dict[str, Any]]]:
    """Those of the products that exist, newest first, each with its version. Every order asks for its products here."""
    rows = BY_ID.execute(
        ids=list(map(str, ids)), currency=settings.SHOP_CURRENCY, include_archived=include_archived
    )
    return [(version, dict(zip(FIELDS, values, strict=True))) for version, *values in rows]


def listings(*, search: str = "", ordering: Sequence[str] = (), **wanted: Any) -> Iterator[Listing]:
    """The products wanted, with a unique order for their pages. A search has a second answer, for when the first is
    empty: with its typing errors corrected."""
    if not words_of(search):
        yield _listed(ordering or NEWEST_FIRST, **wanted)
        return
    yield _found(Question(search), ordering, wanted)
    if any((corrections := corrections_of(search)).values()):
        yield _found(Question(search, corrections), ordering, wanted)


def _listed(
    ordering: Sequence[str],
    *,
    min_price: Decimal | None = None,
    max_price: Decimal | None = None,
    **wanted: Any,
) -> Listing:
    """A range of prices in their own order is a part of an index, which PostgreSQL is told of once only (see KeysetPagination)."""
    by_price = [name.lstrip("-") for name in ordering] == ["price"]
    if not by_price or min_price is max_price is None or "ids" in wanted:
        return _ordered(
            Product.objects.matching(min_price=min_price, max_price=max_price, **wanted), ordering
        )
    least, greatest = min_price or LEAST_PRICE, GREATEST_PRICE if max_price is None else max_price
    rows, columns, _ = _ordered(Product.objects.matching(**wanted), ordering)
    return rows, columns, ((least, LEAST_ID), (greatest, GREATEST_ID))


def _found(question: Question, ordering: Sequence[str], wanted: Mapping[str, Any]) -> Listing:
    rows, narrowed = Product.objects.matching(**wanted), not wanted.keys() <= {"include_archived"}
    if not ordering:
        return (
            candidates.ranked(rows, question, narrowed=narrowed).annotate(score=question.score),
            BEST_FIRST,
            None,
        )
    rows, order, _ = _ordered(rows, ordering)
    return *candidates.ordered(rows, question, order, narrowed=narrowed), None


def _ordered(rows: ProductQuerySet, ordering: Sequence[str]) -> Listing:
    signs_and_columns = [
        ("-" if name.startswith("-") else "", COLUMNS[name.removeprefix("-")]) for name in ordering
    ]
    if any(column == "sort_name" for _, column in signs_and_columns):
        rows = rows.with_sort_name()
    columns = [f"{sign}{column}" for sign, column in signs_and_columns]
    return rows, (*columns, f"{signs_and_columns[0][0]}id"), None

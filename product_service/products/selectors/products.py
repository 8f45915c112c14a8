"""Products by id, and the lists of products in their order."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings

from chassis.pagination import KeyRange
from chassis.statements import PreparedStatement
from products.models import PUBLIC_FIELDS, Product, ProductQuerySet
from products.selectors import search_strategy
from products.selectors.search import SearchQuery, suggest_corrections, tokenize

SORT_COLUMNS = {"created_at": "created_at", "name": "sort_name", "price": "price"}
NEWEST_FIRST = ("-created_at",)
BY_RELEVANCE = ("-score", "-id")

COLUMNS = ", ".join("%(currency)s::text" if name == "currency" else name for name in PUBLIC_FIELDS)
BY_IDS = PreparedStatement(
    "products_by_ids",
    f"""
    SELECT version, {COLUMNS} FROM product
    WHERE id = ANY(%(ids)s::uuid[]) AND (is_active OR %(include_archived)s) ORDER BY id DESC""",  # noqa: S608
)

MIN_PRICE, MAX_PRICE = Decimal("0.00"), Decimal("9999999999.99")
MIN_ID, MAX_ID = UUID(int=0), UUID(int=2**128 - 1)

ProductList = tuple[ProductQuerySet, Sequence[str], KeyRange | None]
"""Rows, a unique order of them, and the range of that order that they lie in."""


def by_ids(
    ids: Sequence[UUID], *, include_archived: bool = False
) -> list[tuple[int, dict[str, Any]]]:
    """The products that exist, newest first, each with its version. Every order calls this."""
    rows = BY_IDS.execute(
        ids=list(map(str, ids)), currency=settings.SHOP_CURRENCY, include_archived=include_archived
    )
    return [(version, dict(zip(PUBLIC_FIELDS, values, strict=True))) for version, *values in rows]


def list_products(
    *, search: str = "", ordering: Sequence[str] = (), **filters: Any
) -> Iterator[ProductList]:
    """The products that match. For a search, a second list with corrected spelling may follow.

    Use it when the first list is empty.
    """
    if not tokenize(search):
        yield _filter(ordering or NEWEST_FIRST, **filters)
        return
    yield _search(SearchQuery(search), ordering, filters)
    if any((corrections := suggest_corrections(search)).values()):
        yield _search(SearchQuery(search, corrections), ordering, filters)


def _filter(
    ordering: Sequence[str],
    *,
    min_price: Decimal | None = None,
    max_price: Decimal | None = None,
    **filters: Any,
) -> ProductList:
    """In price order a price range is a key range: see KeysetPagination._slice."""
    by_price = [name.lstrip("-") for name in ordering] == ["price"]
    if not by_price or min_price is max_price is None or "ids" in filters:
        rows = Product.objects.filter_by(min_price=min_price, max_price=max_price, **filters)
        return *_sort(rows, ordering), None
    lower = min_price or MIN_PRICE
    upper = MAX_PRICE if max_price is None else max_price
    return *_sort(Product.objects.filter_by(**filters), ordering), (
        (lower, MIN_ID),
        (upper, MAX_ID),
    )


def _search(query: SearchQuery, ordering: Sequence[str], filters: Mapping[str, Any]) -> ProductList:
    rows, filtered = (
        Product.objects.filter_by(**filters),
        not filters.keys() <= {"include_archived"},
    )
    if ordering:
        rows, order = _sort(rows, ordering)
        return *search_strategy.sort(rows, query, order, filtered=filtered), None
    rows = search_strategy.rank(rows, query, filtered=filtered)
    return rows.annotate(score=query.score), BY_RELEVANCE, None


def _sort(rows: ProductQuerySet, ordering: Sequence[str]) -> tuple[ProductQuerySet, Sequence[str]]:
    """The id decides among equal rows."""
    signs = ["-" if name.startswith("-") else "" for name in ordering]
    columns = [SORT_COLUMNS[name.removeprefix("-")] for name in ordering]
    if "sort_name" in columns:
        rows = rows.with_sort_name()
    return rows, (*map("".join, zip(signs, columns, strict=True)), f"{signs[0]}id")

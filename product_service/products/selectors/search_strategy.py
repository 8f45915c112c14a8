"""Bounds the cost of a search, so that a word of half the catalogue costs little more than a rare
one."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import BooleanField, Func
from django.db.models.expressions import RawSQL

from chassis.keyset import reverse_ordering
from products.models import Product, ProductQuerySet
from products.selectors.search import SearchQuery

COMMON_TERM_ROWS, VERY_COMMON_TERM_ROWS = 10_000, 50_000
"""If every term of a search has so many rows, ranking all of them would take as long as reading
them."""
MAX_SCANNED, MIN_MATCHES, MAX_RANKED = 10_000, 50, 500
"""Then the newest products are scanned, and if enough of them match, the newest are ranked."""
MAX_BY_INDEX = 2_000

Sorted = tuple[ProductQuerySet, Sequence[str]]
Statement = tuple[str, Sequence[Any]]
"""SQL and its parameters."""
Matches = tuple[int, str | None]
"""The number of matching rows, and their ids as a PostgreSQL array literal."""


class NoIndex(Func):
    """A column in a form that no index has."""

    function = "GREATEST"


def rank(rows: ProductQuerySet, query: SearchQuery, *, filtered: bool) -> ProductQuerySet:
    """The rows that match; if the terms are common, a bounded number of them."""
    estimate, matches = _most_selective_term(rows, query, filtered=filtered)
    if estimate < COMMON_TERM_ROWS:
        return matches
    found, ids = _scan_newest(rows, query)
    if found < MIN_MATCHES and estimate >= VERY_COMMON_TERM_ROWS:  # newer products lack the term
        found, ids = _sample(rows.filter(query.matches))
    if found < MIN_MATCHES:  # overestimated, or the terms rarely occur together
        ids = _ids_by_index(rows.filter(query.matches_whole_words))
    return Product.objects.filter(RawSQL("id = ANY(%s::uuid[])", [ids], BooleanField()))


def sort(
    rows: ProductQuerySet, query: SearchQuery, order: Sequence[str], *, filtered: bool
) -> Sorted:
    """All rows that match, and the order to request.

    PostgreSQL would read the index of the order, however far apart the matches are in it. That is
    right only if matches are common at both of its ends.
    """
    estimate, matches = _most_selective_term(rows, query, filtered=filtered)
    if estimate < COMMON_TERM_ROWS:
        return _sort_without_index(matches, order)
    matches, ends = rows.filter(query.matches), (order[0], reverse_ordering(order[0]))
    if all(_has_enough_matches(rows.order_by(end), query) for end in ends):
        return matches, order
    return _sort_without_index(matches, order)


def _most_selective_term(
    rows: ProductQuerySet, query: SearchQuery, *, filtered: bool
) -> tuple[int, ProductQuerySet]:
    """The estimated rows of the rarest term or of the filters, and the rows that match.

    The index is used for that alone: combining it with the other terms would take longer than
    checking them row by row.
    """
    statements: list[Statement] = [
        (f"SELECT FROM product WHERE {term.sql}", term.params) for term in query.terms
    ]
    if filtered:
        statements.append(rows.values("pk").query.sql_with_params())
    estimates = estimate_rows(statements)
    fewest = min(estimates)
    if filtered and estimates[-1] == fewest:
        return fewest, rows.filter(query.matches_without_index)
    return fewest, rows.filter(*query.matches_by_term(query.terms[estimates.index(fewest)]))


def _sort_without_index(rows: ProductQuerySet, order: Sequence[str]) -> Sorted:
    names = [name.lstrip("-") for name in order]
    rows = rows.annotate(**{f"{name}_sorted": NoIndex(name) for name in names})
    return rows, tuple(f"{name}_sorted" for name in order)


def _has_enough_matches(rows: ProductQuerySet, query: SearchQuery) -> bool:
    return _scan(rows, query, MIN_MATCHES)[0] == MIN_MATCHES


def _scan_newest(rows: ProductQuerySet, query: SearchQuery) -> Matches:
    return _scan(rows.order_by("-created_at", "-pk"), query, MAX_RANKED)


def _scan(rows: ProductQuerySet, query: SearchQuery, limit: int) -> Matches:
    """Matches among the first MAX_SCANNED rows."""
    first = rows.annotate(search=RawSQL("search", ())).values("pk", "search")[:MAX_SCANNED]
    sql, parameters = first.query.sql_with_params()
    sql = f"SELECT pk FROM ({sql}) AS scanned WHERE {query.matches.sql} LIMIT {limit}"  # noqa: S608  (constants)
    return _collect_ids(sql, [*parameters, *query.matches.params])


def _sample(rows: ProductQuerySet) -> Matches:
    """Rows in a repeatable sample of the table's blocks: all pages of a search need the same."""
    [total] = estimate_rows([("SELECT FROM product", ())])
    percent = min(100, 100 * MAX_SCANNED / total)
    sql, parameters = rows.values("pk")[:MAX_RANKED].query.sql_with_params()
    sample = f'FROM "product" TABLESAMPLE SYSTEM ({percent:f}) REPEATABLE (1)'
    return _collect_ids(sql.replace('FROM "product"', sample, 1), parameters)


def _ids_by_index(rows: ProductQuerySet) -> str | None:
    """Without a table scan, to which PostgreSQL resorts for common terms that rarely occur
    together, because it overestimates their matches."""
    sql, parameters = rows.values("pk")[:MAX_BY_INDEX].query.sql_with_params()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        return _collect_ids(sql, parameters)[1]


def _collect_ids(sql: str, parameters: Any) -> Matches:
    """Python does not parse the ids: they go back to PostgreSQL as they are."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), array_agg(pk)::text FROM ({sql}) AS matches", parameters)  # noqa: S608
        count, ids = cursor.fetchone()
        return count, ids


def estimate_rows(statements: Sequence[Statement]) -> list[int]:
    """The planner's estimates; nothing is executed."""
    names = [f"statement_{number}" for number in range(len(statements))]
    ctes = ", ".join(
        f"{name} AS MATERIALIZED ({sql})" for name, (sql, _) in zip(names, statements, strict=True)
    )
    explain = f"EXPLAIN (FORMAT JSON) WITH {ctes} SELECT FROM {', '.join(names)}"
    with connection.cursor() as cursor:
        cursor.execute(explain, [each for _, parameters in statements for each in parameters])
        [[[explained]]] = cursor.fetchall()
    rows = {plan.get("Subplan Name"): plan["Plan Rows"] for plan in explained["Plan"]["Plans"]}
    return [rows[f"CTE {name}"] for name in names]

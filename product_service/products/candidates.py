"""What a search looks through, so that a word that half of all products have costs little more than a rare one."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import BooleanField, Func
from django.db.models.expressions import RawSQL

from chassis.keyset import reverse_ordering
from products.models import Product, ProductQuerySet
from products.search import Question

MANY, VERY_MANY = 10_000, 50_000
"""Products that have a word. Where every word of a search has so many, to rank them all would take as long as to read them."""
LOOKED_THROUGH, ENOUGH, MOST_RANKED = 10_000, 50, 500
"""Then the newest products are looked through, and if enough of them match, the newest of those are ranked."""
MOST_BY_INDEX = 2_000

Found = tuple[ProductQuerySet, Sequence[str]]
Query = tuple[str, Sequence[Any]]
"""SQL, and its parameters."""


class WithoutIndex(Func):
    """A column as it is, but PostgreSQL finds it in no index."""

    function = "GREATEST"


def ranked(rows: ProductQuerySet, question: Question, *, narrowed: bool) -> ProductQuerySet:
    """Those of `rows` that answer the question, and of very many as many as can be ranked."""
    fewest, few = _fewest(rows, question, narrowed=narrowed)
    if fewest < MANY:
        return few
    found, ids = _among_the_newest(rows, question)
    if found < ENOUGH and fewest >= VERY_MANY:  # many others came since
        found, ids = _in_a_sample(rows.filter(question.matches))
    if found < ENOUGH:  # not so frequent, or seldom together
        ids = _ids_by_index(rows.filter(question.matches_in_whole_words))
    return Product.objects.filter(RawSQL("id = ANY(%s::uuid[])", [ids], BooleanField()))


def ordered(
    rows: ProductQuerySet, question: Question, order: Sequence[str], *, narrowed: bool
) -> Found:
    """All of `rows` that answer the question, and the order as PostgreSQL is to be given it.

    It would go through the index of the order, however far apart those are in it. That is right only of what is everywhere in it.
    """
    fewest, few = _fewest(rows, question, narrowed=narrowed)
    if fewest < MANY:
        return _sorted(few, order)
    everywhere = all(
        _are_enough(rows.order_by(end), question) for end in (order[0], reverse_ordering(order[0]))
    )
    return (
        (rows.filter(question.matches), order)
        if everywhere
        else _sorted(rows.filter(question.matches), order)
    )


def _fewest(
    rows: ProductQuerySet, question: Question, *, narrowed: bool
) -> tuple[int, ProductQuerySet]:
    """About how many have the rarest word, or are all that `rows` are `narrowed` to, and which of these answer the question.

    The index is asked for no more than that: for all the other words as well would take longer than to look at the products.
    """
    parts = [(f"SELECT FROM product WHERE {word.sql}", word.params) for word in question.parts]
    planned = _planned_rows(
        [*parts, rows.values("pk").query.sql_with_params()] if narrowed else parts
    )
    fewest = min(planned)
    if narrowed and planned[-1] == fewest:
        return fewest, rows.filter(question.matches_by_the_way)
    return fewest, rows.filter(*question.matches_where(question.parts[planned.index(fewest)]))


def _sorted(rows: ProductQuerySet, order: Sequence[str]) -> Found:
    names = [name.lstrip("-") for name in order]
    rows = rows.annotate(**{f"{name}_sorted": WithoutIndex(name) for name in names})
    return rows, tuple(f"{name}_sorted" for name in order)


def _are_enough(rows: ProductQuerySet, question: Question) -> bool:
    return _matching_of_the_first(rows, question, ENOUGH)[0] == ENOUGH


def _among_the_newest(rows: ProductQuerySet, question: Question) -> tuple[int, str | None]:
    return _matching_of_the_first(rows.order_by("-created_at", "-pk"), question, MOST_RANKED)


def _matching_of_the_first(
    rows: ProductQuerySet, question: Question, most: int
) -> tuple[int, str | None]:
    first = rows.annotate(search=RawSQL("search", ())).values("pk", "search")[:LOOKED_THROUGH]
    sql, parameters = first.query.sql_with_params()
    sql = f"SELECT pk FROM ({sql}) AS first WHERE {question.matches.sql} LIMIT {most}"  # noqa: S608  (constants)
    return _ids(sql, [*parameters, *question.matches.params])


def _in_a_sample(rows: ProductQuerySet) -> tuple[int, str | None]:
    """Of the whole table, block by block; the same one each time, or pages would not fit together."""
    [all_products] = _planned_rows([("SELECT FROM product", ())])
    percent = min(100, 100 * LOOKED_THROUGH / all_products)
    sql, parameters = rows.values("pk")[:MOST_RANKED].query.sql_with_params()
    return _ids(
        sql.replace(
            'FROM "product"', f'FROM "product" TABLESAMPLE SYSTEM ({percent:f}) REPEATABLE (1)', 1
        ),
        parameters,
    )


def _ids_by_index(rows: ProductQuerySet) -> str | None:
    """Of words that are frequent each and rare together, PostgreSQL knows nothing and would read the whole table."""
    sql, parameters = rows.values("pk")[:MOST_BY_INDEX].query.sql_with_params()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        return _ids(sql, parameters)[1]


def _ids(sql: str, parameters: Any) -> tuple[int, str | None]:
    """How many, and all of them as PostgreSQL writes an array: nobody here reads them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), array_agg(pk)::text FROM ({sql}) AS found", parameters)  # noqa: S608
        found, ids = cursor.fetchone()
        return found, ids


def _planned_rows(queries: Sequence[Query]) -> list[int]:
    """How many PostgreSQL takes each for, from its statistics; none is read."""
    names = [f"part_{number}" for number in range(len(queries))]
    parts = ", ".join(
        f"{name} AS MATERIALIZED ({sql})" for name, (sql, _) in zip(names, queries, strict=True)
    )
    with connection.cursor() as cursor:
        sql = f"EXPLAIN (FORMAT JSON) WITH {parts} SELECT FROM {', '.join(names)}"
        cursor.execute(sql, [each for _, parameters in queries for each in parameters])
        [[[explained]]] = cursor.fetchall()
    planned = {plan.get("Subplan Name"): plan["Plan Rows"] for plan in explained["Plan"]["Plans"]}
    return [planned[f"CTE {name}"] for name in names]

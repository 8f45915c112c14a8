"""What a search looks through, so that a word that half of all products have costs little more than a rare one."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from django.db import connection, transaction
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from products.models import Product, ProductQuerySet
from products.search import Question

MANY, VERY_MANY = 10_000, 50_000
"""Products that have a word. Where every word of a search has so many, to rank them all would take as long as to read them."""
LOOKED_THROUGH, ENOUGH, MOST_RANKED = 10_000, 50, 500
"""Then the newest products are looked through, and if enough of them match, the newest of those are ranked."""
MOST_BY_INDEX, MOST_SORTED = 2_000, 10_000

Query = tuple[str, Sequence[Any]]
"""SQL, and its parameters."""


def answering(rows: ProductQuerySet, question: Question, *, narrowed: bool, ranked: bool) -> ProductQuerySet:
    """Those of `rows` that answer the question, and of very many, where they are to be `ranked`, as many as can be.

    The index is asked for what is rarest only, a word or what `rows` are `narrowed` to; that is looked through for the rest.
    """
    fewest, rarest = _rarest_part(rows, question, narrowed=narrowed)
    if fewest < MANY:
        return (rows.filter(rarest) if rarest else rows).filter(question.matches_by_the_way)
    return _to_be_ranked(rows, question, fewest) if ranked else _all(rows, question, fewest)


def _rarest_part(rows: ProductQuerySet, question: Question, *, narrowed: bool) -> tuple[int, RawSQL | None]:
    """About how many products it has, and the word; None where the rows themselves are the fewest."""
    words: list[RawSQL | None] = [*question.parts]
    queries = [(f"SELECT FROM product WHERE {word.sql}", word.params) for word in question.parts]  # noqa: S608  (constants)
    if narrowed:
        words.append(None)
        queries.append(rows.values("pk").query.sql_with_params())
    return min(zip(_planned_rows(queries), words, strict=True), key=itemgetter(0))


def _to_be_ranked(rows: ProductQuerySet, question: Question, fewest: int) -> ProductQuerySet:
    """Of a question of frequent words."""
    found, ids = _some(rows, question, fewest, MOST_RANKED)
    if found < ENOUGH:  # not so frequent, or seldom together
        _, ids = _by_index(rows.filter(question.matches_in_whole_words), MOST_BY_INDEX)
    return _those(ids)


def _all(rows: ProductQuerySet, question: Question, fewest: int) -> ProductQuerySet:
    """In any order a page is soon full of what is frequent. What is not is found first, and put in order then."""
    if _some(rows, question, fewest, ENOUGH)[0] < ENOUGH:
        found, ids = _by_index(rows.filter(question.matches), MOST_SORTED)
        if found < MOST_SORTED:
            return _those(ids)
    return rows.filter(question.matches)


def _some(rows: ProductQuerySet, question: Question, fewest: int, most: int) -> tuple[int, str | None]:
    found, ids = _among_the_newest(rows, question, most)
    if found < ENOUGH and fewest >= VERY_MANY:  # many others came since
        return _in_a_sample(rows.filter(question.matches), most)
    return found, ids


def _among_the_newest(rows: ProductQuerySet, question: Question, most: int) -> tuple[int, str | None]:
    newest = rows.order_by("-created_at", "-pk").annotate(search=RawSQL("search", ()))
    sql, parameters = newest.values("pk", "search")[:LOOKED_THROUGH].query.sql_with_params()
    sql = f"SELECT pk FROM ({sql}) AS newest WHERE {question.matches.sql} LIMIT {most}"  # noqa: S608  (constants)
    return _ids(sql, [*parameters, *question.matches.params])


def _in_a_sample(rows: ProductQuerySet, most: int) -> tuple[int, str | None]:
    """Of the whole table, block by block; the same one each time, or pages would not fit together."""
    [all_products] = _planned_rows([("SELECT FROM product", ())])
    percent = min(100, 100 * LOOKED_THROUGH / all_products)
    sql, parameters = rows.values("pk")[:most].query.sql_with_params()
    return _ids(sql.replace('FROM "product"', f'FROM "product" TABLESAMPLE SYSTEM ({percent:f}) REPEATABLE (1)', 1), parameters)


def _by_index(rows: ProductQuerySet, most: int) -> tuple[int, str | None]:
    """Of words that are frequent each and rare together, PostgreSQL knows nothing and would read the whole table."""
    sql, parameters = rows.values("pk")[:most].query.sql_with_params()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        return _ids(sql, parameters)


def _ids(sql: str, parameters: Any) -> tuple[int, str | None]:
    """How many, and all of them as PostgreSQL writes an array: nobody here reads them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), array_agg(pk)::text FROM ({sql}) AS found", parameters)  # noqa: S608
        found, ids = cursor.fetchone()
        return found, ids


def _those(ids: str | None) -> ProductQuerySet:
    return Product.objects.filter(RawSQL("id = ANY(%s::uuid[])", [ids], BooleanField()))


def _planned_rows(queries: Sequence[Query]) -> list[int]:
    """How many PostgreSQL takes each for, from its statistics; none is read."""
    names = [f"part_{number}" for number in range(len(queries))]
    parts = ", ".join(f"{name} AS MATERIALIZED ({sql})" for name, (sql, _) in zip(names, queries, strict=True))
    with connection.cursor() as cursor:
        sql = f"EXPLAIN (FORMAT JSON) WITH {parts} SELECT FROM {', '.join(names)}"
        cursor.execute(sql, [each for _, parameters in queries for each in parameters])
        [[[explained]]] = cursor.fetchall()
    planned = {plan.get("Subplan Name"): plan["Plan Rows"] for plan in explained["Plan"]["Plans"]}
    return [planned[f"CTE {name}"] for name in names]

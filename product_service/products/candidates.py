"""What a search looks through, so that a word that half of all products have costs little more than a rare one."""

import json
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
MOST_BY_INDEX = 2_000
NO_LIMIT = 2**62


def rarest_word(question: Question) -> tuple[int, RawSQL]:
    """About how many products have it, and what it asks for."""
    return min(((_planned_rows(Product.objects.filter(part)), part) for part in question.parts), key=lambda pair: pair[0])


def looked_through(rows: ProductQuerySet, question: Question, fewest: int) -> ProductQuerySet:
    """Those of `rows` that answer a question of frequent words, or as many as can be ranked."""
    found, ids = _among_the_newest(rows, question)
    if found < ENOUGH and fewest >= VERY_MANY:  # many others came since
        found, ids = _in_a_sample(rows.filter(question.matches))
    if found < ENOUGH:  # not so frequent, or seldom together
        ids = _ids_by_index(rows.filter(question.matches_in_whole_words))
    return Product.objects.filter(RawSQL("id = ANY(%s::uuid[])", [ids], BooleanField()))


def _among_the_newest(rows: ProductQuerySet, question: Question) -> tuple[int, str | None]:
    newest = rows.order_by("-created_at", "-pk").annotate(search=RawSQL("search", ()))
    sql, parameters = newest.values("pk", "search")[:LOOKED_THROUGH].query.sql_with_params()
    sql = f"SELECT pk FROM ({sql}) AS newest WHERE {question.matches.sql} LIMIT {MOST_RANKED}"  # noqa: S608  (constants)
    return _ids(sql, [*parameters, *question.matches.params])


def _in_a_sample(rows: ProductQuerySet) -> tuple[int, str | None]:
    """Of the whole table, block by block; the same one each time, or pages would not fit together."""
    percent = min(100, 100 * LOOKED_THROUGH / _planned_rows(Product.objects.all()))
    sql, parameters = rows.values("pk")[:MOST_RANKED].query.sql_with_params()
    return _ids(sql.replace('FROM "product"', f'FROM "product" TABLESAMPLE SYSTEM ({percent:f}) REPEATABLE (1)', 1), parameters)


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


def _planned_rows(rows: ProductQuerySet) -> int:
    """How many PostgreSQL takes them for, from its statistics; none is read."""
    plan = json.loads(rows.values("pk")[:NO_LIMIT].explain(format="json"))
    return int(plan[0]["Plan"]["Plan Rows"])

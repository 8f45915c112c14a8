"""What a search looks through, so that a word that half of all products have costs little more than a rare one."""

import json
from typing import Any

from django.db import connection, transaction
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from products.models import Product, ProductQuerySet
from products.search import Question

MANY = 10_000
"""Products that have a word. Where every word of a search has so many, to rank them all would take as long as to read them."""
LOOKED_THROUGH, ENOUGH, MOST_RANKED = 10_000, 100, 500
"""Then the newest products are looked through, and if enough of them match, the newest of those are ranked."""
NO_LIMIT = 2**62


def rare_word(question: Question) -> RawSQL | None:
    """What the rarest word asks for; None when that is much."""
    fewest, part = min(((_estimated_count(part), part) for part in question.parts), key=lambda pair: pair[0])
    return part if fewest < MANY else None


def looked_through(rows: ProductQuerySet, question: Question) -> ProductQuerySet:
    """Those of `rows` that answer a question of frequent words, or as many as can be ranked."""
    newest = rows.order_by("-created_at", "-pk").annotate(search=RawSQL("search", ()))
    sql, parameters = newest.values("pk", "search")[:LOOKED_THROUGH].query.sql_with_params()
    sql = f"SELECT pk FROM ({sql}) AS newest WHERE {question.matches.sql} LIMIT {MOST_RANKED}"  # noqa: S608  (constants)
    found, ids = _ids(sql, [*parameters, *question.matches.params])
    if found < ENOUGH:
        ids = _ids_by_index(rows.filter(question.matches_in_whole_words))
    return Product.objects.filter(RawSQL("id = ANY(%s::uuid[])", [ids], BooleanField()))


def _ids_by_index(rows: ProductQuerySet) -> str | None:
    """Of words that are frequent each and rare together, PostgreSQL knows nothing and would read the whole table."""
    sql, parameters = rows.values("pk")[:MANY].query.sql_with_params()
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


def _estimated_count(condition: RawSQL) -> int:
    """What PostgreSQL takes it for, from its statistics; no row is read."""
    plan = json.loads(Product.objects.filter(condition).values("pk")[:NO_LIMIT].explain(format="json"))
    return int(plan[0]["Plan"]["Plan Rows"])

"""Many products at once, all or none."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection

from chassis import database
from products.errors import SkuTaken
from products.services import one_product_per_sku

SECONDS = 25
"""For ten thousand products with long descriptions; a request of another kind has two."""
TRIES = 3
LOCK = 7_305_003
"""One import at a time: two with the same new SKUs in another order would wait for one another."""

NEEDED = {"name", "price"}
KNOWN = "SELECT sku FROM product WHERE sku = ANY(%s) ORDER BY sku FOR UPDATE"
FACTS = {
    "name": "text",
    "description": "text",
    "price": "numeric",
    "category": "text",
    "image_url": "text",
    "is_active": "boolean",
}
DEFAULTS = {"description": "''", "category": "''", "image_url": "''", "is_active": "true"}
OF_OLD = {fact: f"coalesce(given.{fact}, product.{fact})" for fact in FACTS}
OF_NEW = {
    fact: f"coalesce(given.{fact}, {DEFAULTS[fact]})" if fact in DEFAULTS else f"given.{fact}"
    for fact in FACTS
}
MERGE = f"""
WITH done AS (
    MERGE INTO product
    USING jsonb_to_recordset(%s) AS given (sku text, {", ".join(map(" ".join, FACTS.items()))}) ON product.sku = given.sku
    WHEN MATCHED AND ({", ".join(OF_OLD.values())}) IS DISTINCT FROM ({", ".join(f"product.{fact}" for fact in FACTS)})
        THEN UPDATE SET {", ".join(map(" = ".join, OF_OLD.items()))}
    WHEN NOT MATCHED THEN INSERT (sku, {", ".join(FACTS)}) VALUES (given.sku, {", ".join(OF_NEW.values())})
    RETURNING merge_action() AS action
) SELECT count(*) FILTER (WHERE action = 'INSERT'), count(*) FILTER (WHERE action = 'UPDATE') FROM done
"""  # noqa: S608  (constants)


class Outcome(NamedTuple):
    created: int = 0
    updated: int = 0
    missing: Mapping[str, Sequence[str]] = {}
    """By SKU, what new products lack; then nothing was written."""


def bring_in(rows: Sequence[Mapping[str, Any]]) -> Outcome:
    """Create the products whose SKU is new, and write what is given of the others. Each SKU comes once."""
    for _ in range(TRIES - 1):
        try:
            return _bring_in(rows)
        except SkuTaken:  # by somebody who created it meanwhile: now it can be changed
            continue
    return _bring_in(rows)


def _bring_in(rows: Sequence[Mapping[str, Any]]) -> Outcome:
    with one_product_per_sku(), database.statement_timeout(SECONDS), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(KNOWN, [[row["sku"] for row in rows]])
        known = {sku for (sku,) in cursor.fetchall()}
        if missing := {
            row["sku"]: lacks
            for row in rows
            if row["sku"] not in known and (lacks := sorted(NEEDED - row.keys()))
        }:
            return Outcome(missing=missing)
        cursor.execute(MERGE, [json.dumps(list(rows), default=str)])
        return Outcome(*cursor.fetchone())

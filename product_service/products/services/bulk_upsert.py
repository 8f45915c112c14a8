"""Create and change many products in one transaction."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection

from chassis import database
from products.errors import DuplicateSku
from products.models import EDITABLE_FIELDS, Product
from products.services import locks
from products.services.products import unique_sku

TIMEOUT = 25
"""Seconds for 10,000 products with long descriptions; other requests have two."""
MAX_ATTEMPTS = 3

FIELDS = [name for name in EDITABLE_FIELDS if name != "sku"]
DEFAULTS: dict[str, Any] = {
    field.name: field.db_default
    for field in Product._meta.fields
    if field.name in FIELDS and field.has_db_default()
}
REQUIRED = sorted(set(FIELDS) - DEFAULTS.keys())
UPDATE_VALUES = {name: f"coalesce(given.{name}, product.{name})" for name in FIELDS}
INSERT_VALUES = [
    f"coalesce(given.{name}, %({name})s)" if name in DEFAULTS else f"given.{name}"
    for name in FIELDS
]
LOCK_EXISTING = "SELECT sku FROM product WHERE sku = ANY(%s) ORDER BY sku FOR UPDATE"
UPSERT = f"""
WITH upserted AS (
    MERGE INTO product USING jsonb_populate_recordset(NULL::product, %(rows)s) AS given
    ON product.sku = given.sku
    WHEN MATCHED AND ({", ".join(UPDATE_VALUES.values())})
            IS DISTINCT FROM ({", ".join(f"product.{name}" for name in FIELDS)})
        THEN UPDATE SET {", ".join(map(" = ".join, UPDATE_VALUES.items()))}
    WHEN NOT MATCHED THEN INSERT (sku, {", ".join(FIELDS)})
        VALUES (given.sku, {", ".join(INSERT_VALUES)})
    RETURNING merge_action() AS action
)
SELECT count(*) FILTER (WHERE action = 'INSERT'), count(*) FILTER (WHERE action = 'UPDATE')
FROM upserted
"""  # noqa: S608  (constants)


class UpsertResult(NamedTuple):
    created: int = 0
    updated: int = 0
    missing: Mapping[str, Sequence[str]] = {}
    """By SKU, the required fields that new products lack. If there are any, nothing is written."""


def upsert(rows: Sequence[Mapping[str, Any]]) -> UpsertResult:
    """Create the products whose SKU is new; change the given fields of the others.

    Each SKU may occur once.
    """
    for _ in range(MAX_ATTEMPTS - 1):
        try:
            return _upsert(rows)
        except DuplicateSku:  # created concurrently; the next attempt changes it
            continue
    return _upsert(rows)


def _upsert(rows: Sequence[Mapping[str, Any]]) -> UpsertResult:
    with unique_sku(), database.statement_timeout(TIMEOUT), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [locks.BULK_UPSERT])
        cursor.execute(LOCK_EXISTING, [[row["sku"] for row in rows]])
        existing = {sku for (sku,) in cursor.fetchall()}
        if missing := _missing_fields(rows, existing):
            return UpsertResult(missing=missing)
        cursor.execute(UPSERT, {"rows": json.dumps(list(rows), default=str), **DEFAULTS})
        return UpsertResult(*cursor.fetchone())


def _missing_fields(
    rows: Sequence[Mapping[str, Any]], existing: set[str]
) -> Mapping[str, Sequence[str]]:
    missing = {
        row["sku"]: [name for name in REQUIRED if name not in row]
        for row in rows
        if row["sku"] not in existing
    }
    return {sku: names for sku, names in missing.items() if names}

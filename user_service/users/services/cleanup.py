"""Deleting expired rows: each insert deletes a few, so that they do not accumulate."""

from typing import Any

from django.db.models import QuerySet

PURGE_BATCH = 10
"""More than one insert adds."""


def purge(expired: QuerySet[Any]) -> None:
    """Delete the first of these rows, in their order. Requires a transaction.

    Two statements: PostgreSQL may run a locking subquery with a LIMIT once for each outer row.
    """
    locked = expired.select_for_update(skip_locked=True)
    if keys := list(locked.values_list("pk", flat=True)[:PURGE_BATCH]):
        expired.model._default_manager.filter(pk__in=keys).delete()

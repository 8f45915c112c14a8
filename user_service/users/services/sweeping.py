"""Deleting what is over, a little with each new row, so that it never piles up."""

from typing import Any

from django.db.models import QuerySet

SWEPT_AT_ONCE = 10
"""More than come in."""


def sweep(over: QuerySet[Any]) -> None:
    """Delete the first of these rows, in their order; for a transaction.

    In two statements: a subquery with a limit that locks may run once for each row, each time with its own limit.
    """
    first = list(
        over.select_for_update(skip_locked=True).values_list("pk", flat=True)[:SWEPT_AT_ONCE]
    )
    if first:
        over.model._default_manager.filter(pk__in=first).delete()

"""Query parameters: an unknown one is an error, and a blank one counts as absent."""

from collections.abc import Collection
from typing import Any

from django.http import QueryDict
from rest_framework.exceptions import ErrorDetail, ValidationError

PAGE_PARAMETERS = ("page_size", "cursor")
TRACKING_PARAMETERS = ("gclid", "fbclid")
TRACKING_PREFIX = "utm_"
"""Advertisements and mailings add these to links. They are ignored."""


def reject_unknown_query(request: Any, known: Collection[str]) -> None:
    """Raises ValidationError for query parameters that are neither known nor for tracking."""
    if not request.META["QUERY_STRING"]:
        return
    if names := [
        name for name in request.query_params if name not in known and not _is_tracking(name)
    ]:
        raise ValidationError({name[:100]: [unknown(known)] for name in names})


def unknown(known: Collection[str]) -> ErrorDetail:
    choices = f"there are: {', '.join(known)}." if known else "this address takes none."
    return ErrorDetail(f"There is no such query parameter; {choices}", code="unknown")


def given(query: QueryDict, name: str) -> str | None:
    """The value of a parameter, None if blank. Raises ValidationError if it is repeated."""
    values = query.getlist(name)
    if not any(map(str.strip, values)):
        return None
    if len(values) > 1:
        raise ValidationError(
            {name: [ErrorDetail("This is given more than once.", code="repeated")]}
        )
    return values[0]


def _is_tracking(name: str) -> bool:
    return name.startswith(TRACKING_PREFIX) or name in TRACKING_PARAMETERS

"""Accepts a GET response as a body: ignores unchanged read-only fields, rejects changed ones."""

from collections.abc import Callable
from functools import cache
from typing import Any

import orjson
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.serializers import Serializer

from chassis.json_text import dumps

_CHANGED = ErrorDetail("This field is read-only and cannot be changed.", code="read_only")


def without_read_only(
    body: Any,
    request: type[Serializer[Any]],
    response: type[Serializer[Any]],
    find: Callable[[], Any],
) -> Any:
    """`body` without the fields that only `response` has.

    `find` loads the object and is called only if there are such fields. Raises ValidationError for
    those whose value differs.
    """
    if not isinstance(body, dict):
        return body
    names = (body.keys() & _names(response)) - _names(request)
    if not names:
        return body
    current = orjson.loads(dumps(response(find()).data))
    if changed := [name for name in names if body[name] != current[name]]:
        raise ValidationError({name: [_CHANGED] for name in changed})
    return {name: value for name, value in body.items() if name not in names}


@cache
def _names(serializer: type[Serializer[Any]]) -> frozenset[str]:
    return frozenset(serializer().fields)

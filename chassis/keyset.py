"""Keyset conditions: an index finds the rows after a position, however many precede it."""

from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual


class RowValue(Func):
    """`(price, id)`, compared as a row value, which an index supports."""

    template = "(%(expressions)s)"
    output_field = BooleanField()  # required by Func, otherwise unused


def after(rows: Any, order: Sequence[str], position: Sequence[str]) -> Any:
    """The rows after `position`: the values, as text, of the columns of `order`."""
    return rows.filter(
        _after(
            order,
            [
                Value(text, get_field(rows, name))
                for name, text in zip(order, position, strict=True)
            ],
        )
    )


def from_inclusive(rows: Any, order: Sequence[str], place: Sequence[Any]) -> Any:
    """The rows at `place` and after it. All columns of `order` have the same direction."""
    not_before = LessThanOrEqual if order[0].startswith("-") else GreaterThanOrEqual
    values = [Value(value, get_field(rows, name)) for name, value in zip(order, place, strict=True)]
    return rows.filter(
        not_before(RowValue(*(F(name.lstrip("-")) for name in order)), RowValue(*values))
    )


def reverse_ordering(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _after(order: Sequence[str], values: Sequence[Value]) -> Q:
    names = [name.lstrip("-") for name in order]
    descending = order[0].startswith("-")
    beyond = LessThan if descending else GreaterThan
    if all(name.startswith("-") == descending for name in order):
        return Q(beyond(RowValue(*map(F, names)), RowValue(*values)))
    not_before = LessThanOrEqual if descending else GreaterThanOrEqual
    first = F(names[0]), values[0]
    return Q(not_before(*first)) & (Q(beyond(*first)) | _after(order[1:], values[1:]))


def get_field(rows: Any, name: str) -> Any:
    name = name.lstrip("-")
    annotation = rows.query.annotations.get(name)
    return rows.model._meta.get_field(name) if annotation is None else annotation.output_field

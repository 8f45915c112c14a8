"""Places in an order, by the values of its columns: rows after one of them are found in an index, however many come before."""

from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual


class RowValue(Func):
    """`(price, id)`: compared as a whole, it is a place in an index."""

    template = "(%(expressions)s)"
    output_field = BooleanField()  # of no use, but a Func has one


def after(rows: Any, order: Sequence[str], position: Sequence[str]) -> Any:
    """Those of `rows` that come after `position`, the values of the columns of `order` as text."""
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
    """Those at `place` as well. All of `order` has to go the same way."""
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

"""What a page says of a row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.admin.utils import display_for_field, display_for_value, label_for_field, lookup_field
from django.db.models import Field, Model

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that belong to the row of a page, JSON objects too; whoever makes it sees to it that they are few."""

    title: str
    rows: Iterable[Any]
    columns: Sequence[Any]

    def said(self) -> dict[str, Any]:
        rows = [[said(row, column) for column in self.columns] for row in self.rows]
        names = [name for name, _ in rows[0]] if rows else []
        return {"title": self.title, "names": names, "rows": [[value for _, value in row] for row in rows]}


def said(row: Any, name: Any, page: Any = None) -> tuple[str, Any]:
    """The label and the text of a column, or of a method of the page or of the row."""
    if isinstance(row, Mapping):
        return name.replace("_", " "), row.get(name, NOTHING)
    name = row._meta.pk.name if name == "pk" else name
    field, attribute, value = lookup_field(name, row, page)
    boolean = getattr(attribute, "boolean", False)
    text = display_for_field(value, field, NOTHING) if field else display_for_value(value, NOTHING, boolean)
    return str(label_for_field(name, type(row), page)), text


def column(model: type[Model], name: str) -> "Field[Any, Any]":
    found = model._meta.pk if name == "pk" else model._meta.get_field(name)
    return cast("Field[Any, Any]", found)

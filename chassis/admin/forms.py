"""Forms that ask what the API's request serializers ask, and leave it to them to judge the answer: there is one set of rules."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib.admin import widgets
from rest_framework import serializers

from chassis.exceptions import flatten_errors
from chassis.problems import Problem
from chassis.validation import RequestSerializer, parsed

LONG_TEXT = 1000


class DeedForm(forms.Form):
    asks: ClassVar[type[RequestSerializer] | None] = None
    said: dict[str, Any]
    """What the serializer makes of it; there once the form is valid."""

    def clean(self) -> dict[str, Any]:
        self.said = {}
        if self.asks and not self.errors:
            try:
                self.said = parsed(self.asks, self._body())
            except serializers.ValidationError as error:
                self._show(list(flatten_errors(error.detail)))
        return self.cleaned_data

    def refuse(self, problem: Problem) -> None:
        """Show a refusal by the service function, at its field where it names one."""
        rows = problem.body.get("errors") or [{"field": "", "message": problem.message}]
        rows += [{"field": "", "message": _listed(item)} for item in problem.body.get("items", [])]
        self._show(rows)

    def _body(self) -> dict[str, Any]:
        """As JSON would say it: what is left empty is null or "" where the field may be, and not said otherwise."""
        fields = self.asks().fields if self.asks else {}
        given = {name: self.cleaned_data.get(name) for name in fields}
        left_empty = {name for name, value in given.items() if value in ("", None)}
        body = {name: value for name, value in given.items() if name not in left_empty}
        return body | {name: None if fields[name].allow_null else "" for name in left_empty if _may_be_empty(fields[name])}

    def _show(self, rows: list[Mapping[str, str]]) -> None:
        for row in rows:
            known = row["field"] in self.fields
            self.add_error(row["field"] if known else None, row["message"] if known else f"{row['field']} {row['message']}".strip())


def form_for(asks: type[RequestSerializer] | None) -> type[DeedForm]:
    """Raises nothing for a kind of field it does not know: that is asked for as text."""
    fields = {name: _field(field) for name, field in asks().fields.items() if not field.read_only} if asks else {}
    return type("DeedForm", (DeedForm,), {"asks": asks, **fields})


def _field(field: Any) -> forms.Field:
    words = {"label": field.label, "help_text": field.help_text or "", "required": field.required}
    words["initial"] = None if field.default is serializers.empty else field.default
    if field.style.get("input_type") == "hidden":
        return forms.IntegerField(widget=forms.HiddenInput, **words)
    if isinstance(field, serializers.BooleanField):
        return forms.BooleanField(**words | {"required": False})
    if isinstance(field, serializers.ChoiceField):
        return forms.ChoiceField(choices=list(field.choices.items()), **words)
    if isinstance(field, serializers.IntegerField):
        return forms.IntegerField(widget=widgets.AdminIntegerFieldWidget, **words)
    longest = getattr(field, "max_length", None)
    widget = widgets.AdminTextareaWidget if longest and longest > LONG_TEXT * 3 else widgets.AdminTextInputWidget
    return forms.CharField(widget=widget, strip=False, max_length=longest, **words)


def _may_be_empty(field: Any) -> bool:
    return bool(field.allow_null or getattr(field, "allow_blank", False))


def _listed(item: Mapping[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in item.items())

"""Object buttons and bulk actions that call service functions, and the forms that they ask with."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import wraps
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, AdminForm
from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django_object_actions import action
from rest_framework import serializers

from chassis.exceptions import flattened
from chassis.problems import Problem
from chassis.validation import parsed

BULK_LIMIT = 100
MAX_MESSAGES = 5


class RequestForm(forms.BaseForm):
    """A form whose input the API's own request serializer validates."""

    request_serializer: ClassVar[Any] = None
    refusal: ClassVar[Problem | None] = None
    validated: Mapping[str, Any] = {}  # noqa: RUF012  (replaced, never changed)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.refusal:
            self.add_problem(self.refusal)
        elif self.request_serializer and not self.errors:
            self._validate(cleaned)
        return cleaned

    def add_problem(self, refusal: Problem) -> None:
        """At the fields that the problem names, or at the top."""
        self._add(refusal.body.get("errors") or [{"field": "", "message": refusal.message}])
        for item in refusal.body.get("items", []):
            words = [f"{name.replace('_', ' ')} {value}" for name, value in item.items()]
            self.add_error(None, ", ".join(words))

    def _validate(self, cleaned: dict[str, Any]) -> None:
        fields = self.request_serializer().fields
        given = {name: value for name, value in cleaned.items() if name in fields}
        body = {name: _as_json(value) for name, value in given.items() if value is not None}
        try:
            self.validated = parsed(self.request_serializer, body)
        except serializers.ValidationError as error:
            self._add(flattened(error.detail))

    def _add(self, errors: Iterable[Mapping[str, str]]) -> None:
        for error in errors:
            known = error["field"] in self.fields
            words = error["message"] if known else f"{error['field']} {error['message']}".strip()
            self.add_error(error["field"] if known else None, words)


class ConfirmForm(RequestForm, forms.Form):
    """Asks for nothing but a second press."""


def staff_action(
    label: str,
    *,
    form: Any = ConfirmForm,
    warning: str = "",
    is_available: Callable[[Any], bool] = lambda obj: True,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Makes a button, and a bulk action, of `execute(self, request, obj, **validated)`."""

    def decorate(execute: Callable[..., Any]) -> Callable[..., Any]:
        @action(label=label, description=label, button_type="a")
        @wraps(execute)
        def view(self: Any, request: HttpRequest, target: Any) -> HttpResponse | None:
            if ACTION_CHECKBOX_NAME in request.POST:
                return _execute_each(self, request, target, label, execute)
            obj = target if isinstance(target, self.model) else None
            return _form_page(self, request, obj, label, warning, form, execute)

        view.is_available = is_available  # type: ignore[attr-defined]
        return view

    return decorate


def _form_page(
    page: Any, request: HttpRequest, obj: Any, label: str, warning: str, form_class: Any, execute: Any
) -> HttpResponse:
    form = form_class(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            obj = execute(page, request, obj, **form.validated) or obj
        except Problem as refusal:
            form.add_problem(refusal)
        else:
            page.log_change(request, obj, f"{label}.")
            messages.success(request, f"{label}: done.")
            return HttpResponseRedirect(_address(page, obj))
    parts = {
        "title": label,
        "subtitle": obj,
        "warning": warning,
        "form": form,
        "adminform": AdminForm(form, [(None, {"fields": list(form.fields)})], {}),
        "back": _address(page, obj),
        "opts": page.opts,
        "media": page.media + form.media,
    }
    context = page.admin_site.each_context(request) | parts
    return TemplateResponse(request, "admin/action_form.html", context)


def _execute_each(page: Any, request: HttpRequest, rows: Any, label: str, execute: Any) -> None:
    refusals, done = [], 0
    for obj in rows[:BULK_LIMIT]:
        try:
            execute(page, request, obj)
        except Problem as refusal:
            refusals.append(f"{obj}: {refusal.message}")
        else:
            page.log_change(request, obj, f"{label}.")
            done += 1
    if done:
        messages.success(request, f"{label}: done for {done}.")
    for refusal in refusals[:MAX_MESSAGES]:
        messages.error(request, refusal)
    if len(refusals) > MAX_MESSAGES:
        messages.error(request, f"{len(refusals) - MAX_MESSAGES} more were refused.")


def _address(page: Any, obj: Any) -> str:
    name = f"admin:{page.opts.app_label}_{page.opts.model_name}"
    return reverse(f"{name}_change", args=[quote(obj.pk)]) if obj else reverse(f"{name}_changelist")


def _as_json(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal | UUID) else value

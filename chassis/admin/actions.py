"""Object buttons and bulk actions that call service functions, and their input forms."""

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

from chassis.exceptions import flatten_errors
from chassis.problems import Problem
from chassis.validation import validate


class RequestForm(forms.BaseForm):
    """A form whose input the API's own request serializer validates."""

    request_serializer: ClassVar[Any] = None
    problem: ClassVar[Problem | None] = None
    validated: Mapping[str, Any] = {}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.problem:
            self.add_problem(self.problem)
        elif self.request_serializer and not self.errors:
            self._validate(cleaned)
        return cleaned

    def add_problem(self, problem: Problem) -> None:
        self._add(problem.body.get("errors") or [{"field": "", "message": problem.message}])
        for item in problem.body.get("items", []):
            parts = [f"{name.replace('_', ' ')} {value}" for name, value in item.items()]
            self.add_error(None, ", ".join(parts))

    def _validate(self, cleaned: dict[str, Any]) -> None:
        given = cleaned.keys() & self.request_serializer().fields.keys()
        try:
            body = {name: _as_json(cleaned[name]) for name in given}
            self.validated = validate(self.request_serializer, body)
        except serializers.ValidationError as error:
            self._add(flatten_errors(error.detail))

    def _add(self, errors: Iterable[Mapping[str, str]]) -> None:
        for error in errors:
            self.add_error(
                error["field"] if error["field"] in self.fields else None, error["message"]
            )


class ConfirmForm(RequestForm, forms.Form):
    """Has no fields: it only confirms the action."""


def staff_action(
    label: str,
    *,
    form: Any = ConfirmForm,
    warning: str = "",
    is_available: Callable[[Any], bool] = lambda obj: True,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Turn `execute(self, request, obj, **validated)` into a button and a bulk action."""

    def decorate(execute: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(execute)
        def view(self: Any, request: HttpRequest, target: Any) -> HttpResponse | None:
            if ACTION_CHECKBOX_NAME not in request.POST:
                obj = target if isinstance(target, self.model) else None
                return _form_page(self, request, obj, view)
            _execute_each(self, request, target, view)
            return None

        vars(view).update(execute=execute, form=form, warning=warning, is_available=is_available)
        button: Callable[..., Any] = action(label=label, description=label, button_type="a")(view)
        return button

    return decorate


def _form_page(page: Any, request: HttpRequest, obj: Any, view: Any) -> HttpResponse:
    form = view.form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            obj = view.execute(page, request, obj, **form.validated) or obj
        except Problem as problem:
            form.add_problem(problem)
        else:
            page.log_change(request, obj, f"{view.label}.")
            messages.success(request, f"{view.label}: done.")
            return HttpResponseRedirect(_url(page, obj))
    page.add_names(request, [obj] if obj else [])
    fieldsets = AdminForm(form, [(None, {"fields": list(form.fields)})], {})
    context = page.admin_site.each_context(request) | {
        "title": view.label,
        "subtitle": obj,
        "warning": view.warning,
        "form": form,
        "adminform": fieldsets,
        "back": _url(page, obj),
        "opts": page.opts,
    }
    return TemplateResponse(request, "admin/action_form.html", context)


def _execute_each(page: Any, request: HttpRequest, rows: Any, view: Any) -> None:
    for obj in rows[: page.list_per_page]:
        try:
            view.execute(page, request, obj)
        except Problem as problem:
            messages.error(request, f"{view.label} {obj}: {problem.message}")
        else:
            page.log_change(request, obj, f"{view.label}.")
            messages.success(request, f"{view.label} {obj}: done.")


def _url(page: Any, obj: Any) -> str:
    name = f"admin:{page.opts.app_label}_{page.opts.model_name}"
    return reverse(f"{name}_change", args=[quote(obj.pk)]) if obj else reverse(f"{name}_changelist")


def _as_json(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal | UUID) else value

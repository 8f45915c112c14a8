"""An admin page with every feature of the chassis."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from rest_framework import serializers

from chassis.admin.actions import RequestForm, staff_action
from chassis.admin.auth_backend import staff_id
from chassis.admin.model_admin import IndexedFilter, StaffModelAdmin
from chassis.problems import Conflict, ValidationFailed
from chassis.tests.sample.models import Thing
from chassis.validation import RequestSerializer


class Stuck(Conflict):
    code = "stuck"
    detail = "The thing is stuck."
    example: ClassVar = {"items": [{"thing": 1}]}


class NameRequest(RequestSerializer):
    name = serializers.CharField(max_length=5)


class ThingForm(RequestForm, forms.ModelForm):
    request_serializer = NameRequest


class RenameForm(RequestForm, forms.Form):
    request_serializer = NameRequest
    name = forms.CharField()


executed: list[Any] = []


class NameFilter(IndexedFilter):
    title, parameter_name = "name", "which"
    choice = ("odd", "Odd ones")
    condition = Q(name="odd")


@admin.register(Thing)
class ThingAdmin(StaffModelAdmin):
    form = ThingForm
    list_display = ("name", "seen_at")
    list_filter = (NameFilter,)
    fields = ("name", "id")
    editable_fields = ("name",)
    search_columns = ("pk", "name")
    actions = ("push",)
    change_actions = ("push", "rename", "fail")
    changelist_actions = ("make",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def save_model(self, request: HttpRequest, obj: Thing, form: Any, change: bool) -> None:
        if form.validated["name"] == "taken":
            raise ValidationFailed("name", "This name is taken.")
        super().save_model(request, obj, form, change)

    @staff_action("Make", form=RenameForm)
    def make(self, request: HttpRequest, _: None, name: str) -> Thing:
        return Thing.objects.create(name=name)

    @staff_action("Push", warning="It may fall.")
    def push(self, request: HttpRequest, thing: Thing) -> None:
        executed.append((staff_id(request), thing.name))
        if thing.name.startswith("stuck"):
            raise Stuck(items=[{"thing": thing.name, "by_now": 3}])

    @staff_action("Rename", form=RenameForm)
    def rename(self, request: HttpRequest, thing: Thing, name: str) -> None:
        Thing.objects.filter(pk=thing.pk).update(name=name)

    @staff_action("Fail", is_available=lambda thing: False)
    def fail(self, request: HttpRequest, thing: Thing) -> None:
        raise RuntimeError("internal details")

"""A page with a deed of each kind."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from rest_framework import serializers

from chassis.admin.deeds import Deed
from chassis.admin.facts import Facts
from chassis.admin.telling import Table
from chassis.problems import Conflict, Invalid
from chassis.tests.sample.models import Thing
from chassis.validation import RequestSerializer


class Stuck(Conflict):
    code = "stuck"
    detail = "The thing is stuck."
    example: ClassVar = {"items": [{"thing": 1}]}


class NameRequest(RequestSerializer):
    name = serializers.CharField(max_length=50, help_text="What it is called.")
    nickname = serializers.CharField(max_length=50, allow_blank=True, default="")
    owner = serializers.CharField(max_length=50, allow_null=True, required=False)
    size = serializers.ChoiceField(["small", "large"], required=False)
    count = serializers.IntegerField(min_value=0, max_value=9, required=False)
    heavy = serializers.BooleanField(default=True)
    story = serializers.CharField(max_length=5000, required=False)
    version = serializers.IntegerField(required=False, style={"input_type": "hidden"})


said: list[Any] = []
"""What the deeds were told."""


def make(who: Any, **words: Any) -> Thing:
    said.append((who, words))
    if words["name"] == "taken":
        raise Invalid("name", "There is one of this name.")
    return Thing.objects.create(name=words["name"])


def push(who: Any, thing: Thing) -> None:
    said.append((who, thing.name))
    if thing.name.startswith("stuck"):
        raise Stuck(items=[{"thing": thing.name, "by_now": 3}])


def break_down(who: Any, thing: Thing) -> None:
    raise RuntimeError("the secret of the house")


class Named(admin.SimpleListFilter):
    title = "which"
    parameter_name = "which"

    def lookups(self, request: HttpRequest, page: Any) -> list[tuple[str, str]]:
        return [("odd", "Odd ones")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(name="odd") if self.value() == "odd" else queryset


@admin.register(Thing)
class ThingPage(Facts):
    list_display = ("name", "seen_at")
    list_filter = (Named,)
    sought = ("pk", "name")
    actions_of = ("push",)
    deeds = (
        Deed(name="make", label="Make a thing", do=make, asks=NameRequest, of_the_table=True),
        Deed(name="push", label="Push", do=push, warning="It may fall."),
        Deed(name="break", label="Break", do=break_down, may=lambda thing: False),
    )

    def tables(self, row: Any) -> list[Table]:
        others = Thing.objects.exclude(pk=row.pk)[:2]
        return [Table("Others", others, ("name",)), Table("Odds", [{"parts": 3}], ("parts",)), Table("None", [], ("name",))]

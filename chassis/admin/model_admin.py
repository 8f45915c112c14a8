"""Read-only pages over tables of any size. What can be changed, a service function changes."""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django_object_actions import DjangoObjectActions

from chassis.problems import Problem

LIST_LIMIT = 1000
"""Rows that can be paged through. Counting all of a large table would take seconds."""


class LimitedPaginator(Paginator):
    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows[:LIST_LIMIT].count())


class LimitedChangeList(ChangeList):
    model_admin: Any

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """The admin class's own, which has an index, whatever `?o=` asks for."""
        return list(self.model_admin.get_ordering(request))

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: Any = list(self.result_list)
        self.is_truncated = self.result_count >= LIST_LIMIT
        self.model_admin.add_names(request, self.result_list)


class IndexedFilter(admin.SimpleListFilter):
    """All rows, or those of the one condition that has an index."""

    choice: ClassVar[tuple[str, str]]
    condition: ClassVar[Q]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [self.choice]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(self.condition) if self.value() == self.choice[0] else queryset


class ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class StaffInline(ReadOnly, admin.TabularInline):
    extra = 0


class StaffModelAdmin(ReadOnly, DjangoObjectActions, admin.ModelAdmin):
    """Shows `fields` and `list_display` and nothing else; `editable_fields` can be changed."""

    editable_fields: ClassVar[Sequence[str]] = ()
    search_columns: ClassVar[Sequence[str]] = ("pk",)
    """Columns with an index, which a search compares with exactly what was typed."""

    search_fields = ("pk",)
    ordering = ("-pk",)
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    paginator = LimitedPaginator
    actions_selection_counter = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.editable_fields)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (self.fields or ()) if obj else self.editable_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [name for name in self.fields or () if name not in self.editable_fields]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LimitedChangeList]:
        return LimitedChangeList

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        """Only filters: Django allows all columns, and a hash can be guessed letter by letter."""
        offered = [getattr(each, "parameter_name", f"{each}__exact") for each in self.list_filter]
        return lookup in offered

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (self.search(queryset, term) if term else queryset), False

    def search(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        matches = [Q(**{name: term}) for name in self.search_columns if self.accepts(name, term)]
        return rows.filter(reduce(or_, matches)) if matches else rows.none()

    def accepts(self, name: str, term: str) -> bool:
        field: Any = self.opts.pk if name == "pk" else self.opts.get_field(name)
        try:
            field.to_python(term)
        except ValidationError:
            return False
        return "\0" not in term

    def add_names(self, request: HttpRequest, rows: list[Any]) -> None:
        """Sets on the rows of a page what another service knows of them."""

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        obj = super().get_object(request, *args, **kwargs)
        if obj and request.method == "GET":
            self.add_names(request, [obj])
        return obj

    def get_change_actions(self, request: HttpRequest, object_id: str, form_url: str) -> list[str]:
        """The buttons for the object's state; what is refused, the service function refuses."""
        obj = super().get_object(request, object_id)
        names = super().get_change_actions(request, object_id, form_url)
        return [name for name in names if obj and getattr(self, name).is_available(obj)]

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.refusal = getattr(request, "refusal", None)
        return form

    def changeform_view(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """What a service function in save_model refuses is an error of the form."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Problem as refusal:
            request.refusal = refusal
            return super().changeform_view(request, *args, **kwargs)

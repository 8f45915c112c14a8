"""Read-only pages over tables of any size. Changes go through service functions."""

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
"""Max rows to page through: counting all rows of a large table takes seconds."""


class LimitedPaginator(Paginator):
    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows[:LIST_LIMIT].count())


class LimitedChangeList(ChangeList):
    model_admin: Any

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """The admin class's own ordering, which has an index. `?o=` is ignored."""
        return list(self.model_admin.get_ordering(request))

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: Any = list(self.result_list)
        self.is_truncated = self.result_count >= LIST_LIMIT
        self.model_admin.add_names(request, self.result_list)


class IndexedFilter(admin.SimpleListFilter):
    """All rows, or those that match one condition with an index."""

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
    """Shows only `fields` and `list_display`; only `editable_fields` can be changed."""

    editable_fields: ClassVar[Sequence[str]] = ()
    search_columns: ClassVar[Sequence[str]] = ("pk",)
    """Indexed columns that a search compares for equality."""

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
        """Only declared filters: Django allows any column, so a hash could be guessed by prefix."""
        allowed = [getattr(each, "parameter_name", f"{each}__exact") for each in self.list_filter]
        return lookup in allowed

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
        """Set attributes on the rows of a page from another service."""

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        obj = super().get_object(request, *args, **kwargs)
        if obj and request.method == "GET":
            self.add_names(request, [obj])
        return obj

    def get_change_actions(self, request: HttpRequest, object_id: str, form_url: str) -> list[str]:
        """Hide buttons by state. The service function still rejects what is not allowed."""
        obj = super().get_object(request, object_id)
        names = super().get_change_actions(request, object_id, form_url)
        return [name for name in names if obj and getattr(self, name).is_available(obj)]

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.problem = getattr(request, "problem", None)
        return form

    def changeform_view(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show an error that a service function raises in save_model as a form error."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Problem as problem:
            request.problem = problem
            return super().changeform_view(request, *args, **kwargs)

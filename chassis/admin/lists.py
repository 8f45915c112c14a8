"""Lists over tables of any size: a window of rows by the primary key, and never a count or a sort of all."""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

from chassis.admin.telling import column
from chassis.problems import Invalid

WINDOW = 1000
"""Rows that can be leafed through; whoever looks for another one searches."""


class WindowPaginator(Paginator):
    @cached_property
    def count(self) -> int:
        """Up to WINDOW: beyond it each page would cost more than the one before."""
        rows = self.object_list
        return rows[:WINDOW].count() if isinstance(rows, QuerySet) else len(rows)


class WindowList(ChangeList):
    list_editable: Any

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """That of the page and no other, whatever the address asks for: there is an index for that one."""
        return list(self.model_admin.get_ordering(request))

    @property
    def is_cut_off(self) -> bool:
        return self.result_count >= WINDOW


class ListPage(admin.ModelAdmin):
    """The list of a table: read only, searched by equality, in the order of an index."""

    sought: ClassVar[Sequence[str]] = ("pk",)
    """The columns that have to equal what is searched for; each has an index."""

    ordering = ("-pk",)
    sortable_by = ()
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = WindowPaginator
    actions_selection_counter = False
    search_fields = ("pk",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # whoever is no member of staff does not get as far as this

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what a filter offers: Django would take any column, and a hash can be guessed letter by letter."""
        offered = [f"{each}__exact" if isinstance(each, str) else getattr(each, "parameter_name", "") for each in self.list_filter]
        return lookup in offered

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[WindowList]:
        return WindowList

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (self.found(queryset, term) if term else queryset), False

    def found(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        """The rows that have the term in one of `sought`, as it is; a column that cannot hold it has no such row."""
        conditions = [Q(**{name: term}) for name in self.sought if self.can_hold(name, term)]
        return rows.filter(reduce(or_, conditions)) if conditions else rows.none()

    def can_hold(self, name: str, term: str) -> bool:
        try:
            column(self.model, name).to_python(term)
        except ValidationError:
            return False
        return "\0" not in term

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *where: Any) -> HttpResponse | None:
        """For the rows that were selected on the page; never for "all that there are"."""
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if not all(self.can_hold("pk", key) for key in chosen):
            raise Invalid(ACTION_CHECKBOX_NAME, "There is no such row.")
        return super().response_action(request, queryset.filter(pk__in=chosen))

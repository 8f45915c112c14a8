"""The pages of a table, read only: what can be changed is changed by a deed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import display_for_field, display_for_value, label_for_field, lookup_field, quote, unquote
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from chassis.admin.deeds import Deed, as_action, deed_page
from chassis.admin.lists import WindowList, WindowPaginator
from chassis.problems import Invalid

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that belong to the row of a page; the caller sees to it that they are few."""

    title: str
    rows: Iterable[Any]
    columns: Sequence[str]


class Facts(admin.ModelAdmin):
    """Register a table with a subclass that names its columns, what it is searched by, and its deeds."""

    shown: ClassVar[Sequence[str]] = ()
    """The columns on the page of a row. Those that are named nowhere are seen nowhere."""
    sought: ClassVar[Sequence[str]] = ("pk",)
    """The columns that have to equal what is searched for; each has an index."""
    deeds: ClassVar[Sequence[Deed]] = ()
    actions_of: ClassVar[Sequence[str]] = ()
    """Names of the deeds that a list offers for several rows at once."""

    ordering = ("-pk",)
    sortable_by = ()
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = WindowPaginator
    actions_selection_counter = False
    search_fields = ("pk",)

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        of_the_table = [deed for deed in self.deeds if deed.of_the_table]
        return [
            path("", wrap(self.changelist_view), name=f"{name}_changelist"),
            *[path(f"{deed.name}/", wrap(partial(deed_page, self, deed)), name=f"{name}_{deed.name}") for deed in of_the_table],
            path("<str:object_id>/change/", wrap(self.fact_page), name=f"{name}_change"),
            path("<str:object_id>/<slug:name>/", wrap(self.deed_of_row), name=f"{name}_deed"),
        ]

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
        return lookup in {each if isinstance(each, str) else each.parameter_name for each in self.list_filter}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[WindowList]:
        return WindowList

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (self.found(queryset, term) if term else queryset), False

    def found(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        """The rows that have the term in one of `sought`, as it is; a column that cannot hold it has no such row."""
        conditions = [Q(**{name: term}) for name in self.sought if self._can_hold(name, term)]
        return rows.filter(Q.create(conditions, connector=Q.OR)) if conditions else rows.none()

    def _can_hold(self, name: str, term: str) -> bool:
        try:
            field = self.opts.pk if name == "pk" else self.opts.get_field(name)
            field.to_python(term)
        except ValidationError:
            return False
        return "\0" not in term

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        offered = {deed.name: as_action(deed) for deed in self.deeds if deed.name in self.actions_of}
        return {name: (action, name, action.short_description) for name, action in offered.items()}

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """For the rows that were selected on the page; never for "all that there are"."""
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if not all(self._can_hold("pk", key) for key in chosen):
            raise Invalid(ACTION_CHECKBOX_NAME, "There is no such row.")
        return super().response_action(request, queryset.filter(pk__in=chosen))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        offered = [(deed.label, reverse(f"{self._page()}_{deed.name}")) for deed in self.deeds if deed.of_the_table]
        title = str(self.opts.verbose_name_plural).capitalize()
        response: HttpResponse = super().changelist_view(request, {"offered": offered, "title": title})
        return response

    def fact_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self._row(request, object_id)
        facts = {
            "title": self.title_of(row),
            "facts": [self._said(row, name, self) for name in self.shown or self.list_display],
            "tables": [self._table(table) for table in self.tables(row)],
            "offered": [(deed.label, f"../{deed.name}/") for deed in self.deeds if not deed.of_the_table and deed.may(row)],
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/fact.html", self.admin_site.each_context(request) | facts)

    def deed_of_row(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        for deed in self.deeds:
            if deed.name == name and not deed.of_the_table:
                return deed_page(self, deed, request, self._row(request, object_id))
        raise Http404

    def title_of(self, row: Any) -> str:
        return f"{str(self.opts.verbose_name).capitalize()} {row.pk}"

    def tables(self, row: Any) -> Iterable[Table]:
        """What else is told of a row."""
        return []

    def address_of(self, row: Any) -> str:
        """The page of a row, or of the list."""
        return reverse(f"{self._page()}_change", args=[quote(row.pk)]) if row else reverse(f"{self._page()}_changelist")

    def _page(self) -> str:
        return f"admin:{self.opts.app_label}_{self.opts.model_name}"

    def _row(self, request: HttpRequest, object_id: str) -> Any:
        row = self.get_object(request, unquote(object_id)) if "\0" not in object_id else None
        if row is None:
            raise Http404
        return row

    def _table(self, table: Table) -> dict[str, Any]:
        rows = list(table.rows)
        names = [name for name, _ in (self._said(rows[0], column) for column in table.columns)] if rows else []
        values = [[value for _, value in (self._said(row, column) for column in table.columns)] for row in rows]
        return {"title": table.title, "names": names, "rows": values}

    def _said(self, row: Any, name: str, page: Any = None) -> tuple[str, Any]:
        """The label and the text of a column, or of a method of the page or of the row; or of a member of a JSON object."""
        if isinstance(row, Mapping):
            return name.replace("_", " "), row.get(name, NOTHING)
        field, attribute, value = lookup_field(name, row, page)
        boolean = getattr(attribute, "boolean", False)
        text = display_for_field(value, field, NOTHING) if field else display_for_value(value, NOTHING, boolean)
        return label_for_field(name, type(row), page), text

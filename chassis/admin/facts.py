"""The pages of a table, read only: what can be changed is changed by a deed."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, ClassVar

from django.contrib.admin.utils import quote, unquote
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from chassis.admin.deeds import Deed, as_action, deed_page
from chassis.admin.lists import ListPage
from chassis.admin.telling import Table, said


class Facts(ListPage):
    """Register a table with a subclass that names its columns, what it is searched by, and its deeds."""

    shown: ClassVar[Sequence[str]] = ()
    """The columns on the page of a row. Those that are named nowhere are seen nowhere."""
    deeds: ClassVar[Sequence[Deed]] = ()
    actions_of: ClassVar[Sequence[str]] = ()
    """Names of the deeds that a list offers for several rows at once."""

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        of_the_table = [deed for deed in self.deeds if deed.of_the_table]
        return [
            path("", wrap(self.changelist_view), name=f"{name}_changelist"),
            *[path(f"{deed.name}/", wrap(partial(deed_page, self, deed)), name=f"{name}_{deed.name}") for deed in of_the_table],
            path("<str:object_id>/change/", wrap(self.fact_page), name=f"{name}_change"),
            path("<str:object_id>/<slug:name>/", wrap(self.deed_of_row), name=f"{name}_deed"),
        ]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        offered = [deed for deed in self.deeds if deed.name in self.actions_of]
        return {deed.name: (as_action(deed), deed.name, f"{deed.label} (each of those selected)") for deed in offered}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        offered = [(deed.label, reverse(f"{self._page()}_{deed.name}")) for deed in self.deeds if deed.of_the_table]
        title = str(self.opts.verbose_name_plural).capitalize()
        response: HttpResponse = super().changelist_view(request, {"offered": offered, "title": title})
        return response

    def fact_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self._row(request, object_id)
        facts = {
            "title": self.title_of(row),
            "facts": [said(row, name, self) for name in self.shown or self.list_display],
            "tables": [table.said() for table in self.tables(row)],
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

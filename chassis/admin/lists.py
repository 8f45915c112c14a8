"""Lists over tables of any size: a window of rows by the primary key, and never a count or a sort of all."""

from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

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

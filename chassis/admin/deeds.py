"""What staff may do: a form that ends in one service function, or nothing but a button to be sure."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin.helpers import AdminForm
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from chassis.admin.forms import form_for
from chassis.admin.people import staff_of
from chassis.problems import Problem
from chassis.validation import RequestSerializer

log = logging.getLogger("admin")

MOST_WORDS = 5
"""Refusals told one by one; of the others, how many there are. (Messages travel in a cookie.)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """`do(staff, row, **what_was_said)` calls a service function; `row` is missing for a deed of the whole table."""

    name: str
    label: str
    do: Callable[..., Any]
    asks: type[RequestSerializer] | None = None
    starts_with: Callable[[Any], Mapping[str, Any]] = lambda row: {}
    may: Callable[[Any], bool] = lambda row: True
    """Whether there is a button for it; what is refused is refused by the service function."""
    warning: str = ""
    of_the_table: bool = False


def deed_page(page: Any, deed: Deed, request: HttpRequest, row: Any = None) -> HttpResponse:
    form = form_for(deed.asks)(
        request.POST if request.method == "POST" else None, initial=dict(deed.starts_with(row)) if row else {}
    )
    if request.method == "POST" and form.is_valid():
        try:
            done = carry_out(deed, request, row, form.said)
        except Problem as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"{deed.label}: done.")
            return HttpResponseRedirect(page.address_of(row or done))
    facts = {
        "title": deed.label,
        "subtitle": page.title_of(row) if row else None,
        "deed": deed,
        "adminform": AdminForm(cast(Any, form), [(None, {"fields": list(form.fields)})], {}),
        "form": form,
        "back": page.address_of(row),
        "opts": page.opts,
    }
    return TemplateResponse(request, "admin/deed.html", page.admin_site.each_context(request) | facts)


def carry_out(deed: Deed, request: HttpRequest, row: Any, said: Mapping[str, Any]) -> Any:
    """Raises Problem. Whatever comes of it is a line in the log; what was said is not, for it may be personal."""
    facts = {"deed": deed.name, "of": str(row.pk) if row else "", "actor": str(staff_of(request).id)}
    try:
        done = deed.do(staff_of(request), *([row] if row else []), **said)
    except Problem as refusal:
        log.info("refused: %(deed)s %(of)s", facts, extra={**facts, "code": refusal.code})
        raise
    log.info("done: %(deed)s %(of)s", facts, extra=facts)
    return done


def as_action(deed: Deed) -> Callable[[Any, HttpRequest, QuerySet[Any]], None]:
    """The deed for each row selected in a list; refusals are told, and hold up nothing."""

    def action(page: Any, request: HttpRequest, rows: QuerySet[Any]) -> None:
        refusals = []
        for row in rows:
            try:
                carry_out(deed, request, row, {})
            except Problem as refusal:
                refusals.append(f"{page.title_of(row)}: {refusal.message}")
        if done := len(rows) - len(refusals):
            messages.success(request, f"{deed.label}: done for {done}.")
        if refusals:
            more = [f"And {len(refusals) - MOST_WORDS} more."] if len(refusals) > MOST_WORDS else []
            messages.error(request, " ".join(["Refused:", *refusals[:MOST_WORDS], *more]))

    action.__name__ = deed.name
    return action

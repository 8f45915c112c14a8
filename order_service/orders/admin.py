"""What staff see and do in the admin. An order's state changes as it does in the API: with an event that says who."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from chassis.admin.deeds import Deed
from chassis.admin.facts import Facts
from chassis.admin.people import Staff
from chassis.admin.telling import Table
from orders.api.serializers import NoteRequest
from orders.models import Attempt, ClosedAccount, Event, Note, Order, StockTask
from orders.services import lifecycle, notes

ADDRESS = ("name", "line1", "line2", "postal_code", "city", "region", "country", "phone")
"""The parts of an address as they are written on an envelope; the database keeps them in no order."""


def cancel(who: Staff, order: Order) -> Order:
    return lifecycle.cancel(order, actor=who.id)


def ship(who: Staff, order: Order) -> Order:
    return lifecycle.ship(order, actor=who.id)


def deliver(who: Staff, order: Order) -> Order:
    return lifecycle.deliver(order, actor=who.id)


def note(who: Staff, order: Order, **words: Any) -> Note:
    return notes.note(order, **words, author=who.id)


@admin.register(Order)
class OrderPage(Facts):
    list_display = ("number", "status", "total", "currency", "user_id", "created_at")
    list_filter = ("status",)
    shown = ("pk", *list_display, "address", "updated_at")
    sought = ("pk", "number", "user_id")
    search_help_text = "An order's number or id, or a user's id."
    actions_of = ("ship", "deliver", "cancel")
    deeds = (
        Deed(
            name="ship",
            label="Ship",
            do=ship,
            may=lambda order: order.status == Order.Status.CONFIRMED,
            warning="From confirmed to shipped; its units leave the stock, and it cannot be cancelled any more.",
        ),
        Deed(
            name="deliver",
            label="Deliver",
            do=deliver,
            may=lambda order: order.status == Order.Status.SHIPPED,
            warning="From shipped to delivered.",
        ),
        Deed(
            name="cancel",
            label="Cancel",
            do=cancel,
            may=lambda order: order.status == Order.Status.CONFIRMED,
            warning="Its units can be sold again. There is no way back.",
        ),
        Deed(name="note", label="Add a note", do=note, asks=NoteRequest),
    )

    @admin.display(description="shipping address", empty_value="–")
    def address(self, row: Order) -> str:
        parts = row.shipping_address or {}
        return "\n".join(str(parts[name]) for name in ADDRESS if parts.get(name))

    def title_of(self, row: Any) -> str:
        return f"Order {row.number}"

    def tables(self, row: Any) -> Iterable[Table]:
        waiting = StockTask.objects.filter(order=row)
        return [
            Table("Lines", row.lines.order_by("position"), ("sku", "name", "unit_price", "quantity", "line_total", "product_id")),
            Table("What happened", row.events.order_by("pk"), ("created_at", "type", "actor")),
            Table("Notes", row.notes.order_by("pk"), ("created_at", "text", "author")),
            *([Table("Inventory has yet to be told", waiting, ("verb", "due_at"))] if waiting else []),
        ]


class Unfinished(admin.SimpleListFilter):
    """The filter there is an index for."""

    title = "which"
    parameter_name = "which"

    def lookups(self, request: HttpRequest, page: Any) -> list[tuple[str, str]]:
        return [("unfinished", "Not finished yet")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        unfinished = [Attempt.State.STARTED, Attempt.State.ABORTING]
        return queryset.filter(state__in=unfinished) if self.value() == "unfinished" else queryset


@admin.register(Attempt)
class AttemptPage(Facts):
    """The answer and the fingerprint of the request are the buyer's business."""

    list_display = ("created_at", "state", "order_id", "user_id", "lease_until", "answer_status")
    list_filter = (Unfinished,)
    shown = ("pk", *list_display)
    search_help_text = "The id of an attempt."


@admin.register(StockTask)
class StockTaskPage(Facts):
    list_display = ("order_id", "verb", "due_at")
    search_help_text = "The id of an order."

    def title_of(self, row: Any) -> str:
        return f"To {row.verb} order {row.pk}"


@admin.register(Event)
class EventPage(Facts):
    list_display = ("created_at", "type", "order_id", "actor")
    sought = ("pk", "order_id")
    search_help_text = "The id of an order."


@admin.register(ClosedAccount)
class ClosedAccountPage(Facts):
    """Whose addresses have gone, or have to go."""

    list_display = ("user_id", "closed_at", "due_at")
    ordering = ("-closed_at",)
    search_help_text = "The id of a user."

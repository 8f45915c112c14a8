from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import Q
from django.http import HttpRequest

from chassis.admin.actions import RequestForm, staff_action
from chassis.admin.auth_backend import staff_id
from chassis.admin.model_admin import IndexedFilter, StaffInline, StaffModelAdmin
from chassis.admin.names import look_up
from orders.api.serializers import NoteRequest
from orders.models import (
    ADDRESS_FIELDS,
    Attempt,
    ClosedAccount,
    Event,
    Note,
    Order,
    OrderLine,
    OutboxMessage,
)
from orders.services import notes, outbox, transitions


class NoteForm(RequestForm, forms.Form):
    request_serializer = NoteRequest
    text = forms.CharField(widget=AdminTextareaWidget)


class LineInline(StaffInline):
    model = OrderLine
    fields = ("sku", "name", "unit_price", "quantity", "line_total", "product_id")
    ordering = ("position",)


class EventInline(StaffInline):
    model = Event
    fields = ("created_at", "type", "actor")
    ordering = ("pk",)


class NoteInline(StaffInline):
    model = Note
    fields = ("created_at", "text", "author")
    ordering = ("pk",)


class OutboxMessageInline(StaffInline):
    model = OutboxMessage
    fields = ("verb", "attempts", "last_error", "due_at", "failed_at")
    verbose_name_plural = "outbox"


class CustomerAdmin(StaffModelAdmin):
    """Shows the customer's e-mail address, read from the user service once per page."""

    def add_names(self, request: HttpRequest, rows: Iterable[Any]) -> None:
        url = f"{settings.USER_SERVICE_URL}/api/users/"
        users = look_up(request, url, [row.user_id for row in rows], page_size="100")
        for row in rows:
            row.email = users.get(row.user_id, {}).get("email")

    @admin.display
    def customer(self, row: Any) -> str:
        return str(getattr(row, "email", None) or row.user_id)


def has_status(status: Order.Status) -> Callable[[Order], bool]:
    return lambda order: order.status == status


@admin.register(Order)
class OrderAdmin(CustomerAdmin):
    list_display = ("number", "status", "total", "currency", "customer", "created_at")
    list_filter = ("status",)
    fields = ("id", *list_display, "user_id", "shipping_address_lines", "updated_at")
    search_columns = ("pk", "number", "user_id")
    search_help_text = "An order's number or id, or a user's id."
    inlines = (LineInline, EventInline, NoteInline)
    actions = ("ship", "deliver", "cancel")
    change_actions = (*actions, "add_note")

    def get_inlines(self, request: HttpRequest, obj: Order | None) -> Any:
        has_message = OutboxMessage.objects.filter(order=obj).exists()
        return (*self.inlines, OutboxMessageInline) if has_message else self.inlines

    @admin.display(description="shipping address")
    def shipping_address_lines(self, order: Order) -> str:
        address = order.shipping_address or {}
        return "\n".join(address[name] for name in ADDRESS_FIELDS if address.get(name)) or "–"

    @staff_action(
        "Ship",
        warning="Its units leave the stock, and it can no longer be cancelled.",
        is_available=has_status(Order.Status.CONFIRMED),
    )
    def ship(self, request: HttpRequest, order: Order) -> None:
        transitions.ship(order, actor=staff_id(request))

    @staff_action("Deliver", is_available=has_status(Order.Status.SHIPPED))
    def deliver(self, request: HttpRequest, order: Order) -> None:
        transitions.deliver(order, actor=staff_id(request))

    @staff_action(
        "Cancel",
        warning="Its stock is released. This cannot be undone.",
        is_available=has_status(Order.Status.CONFIRMED),
    )
    def cancel(self, request: HttpRequest, order: Order) -> None:
        transitions.cancel(order, actor=staff_id(request))

    @staff_action("Add a note", form=NoteForm)
    def add_note(self, request: HttpRequest, order: Order, **note: Any) -> None:
        notes.add_note(order, **note, author=staff_id(request))


class UnfinishedFilter(IndexedFilter):
    title, parameter_name = "progress", "which"
    choice = ("unfinished", "Unfinished")
    condition = Q(state__in=[Attempt.State.STARTED, Attempt.State.ABORTING])


@admin.register(Attempt)
class AttemptAdmin(CustomerAdmin):
    """Hides the customer's data: the stored response, the fingerprint, the idempotency key."""

    list_display = ("created_at", "state", "order_id", "customer", "lease_until", "response_status")
    list_filter = (UnfinishedFilter,)
    fields = ("id", *list_display, "user_id")
    search_help_text = "The id of an attempt."


@admin.register(OutboxMessage)
class OutboxMessageAdmin(StaffModelAdmin):
    list_display = fields = ("order", "verb", "attempts", "last_error", "due_at", "failed_at")
    search_help_text = "The id of an order."
    actions = change_actions = ("retry",)

    @staff_action(
        "Retry", warning="The order worker retries it now, and then with backoff for another day."
    )
    def retry(self, request: HttpRequest, message: OutboxMessage) -> None:
        outbox.retry(message.pk)


@admin.register(Event)
class EventAdmin(StaffModelAdmin):
    list_display = ("created_at", "type", "order_id", "actor")
    fields = ("id", *list_display)
    search_columns = ("pk", "order_id")
    search_help_text = "The id of an order."


@admin.register(ClosedAccount)
class ClosedAccountAdmin(StaffModelAdmin):
    """Accounts whose addresses have been erased, or have to be."""

    list_display = fields = ("user_id", "closed_at", "due_at")
    ordering = ("-closed_at",)
    search_help_text = "The id of a user."

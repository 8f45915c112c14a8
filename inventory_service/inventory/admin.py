"""What staff see and do in the admin. Quantities change as they do in the API: with a row in the ledger that says who and why."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from chassis.admin.deeds import Deed
from chassis.admin.facts import Facts
from chassis.admin.people import Staff
from chassis.admin.telling import Table
from inventory import services
from inventory.api.serializers import AdjustmentRequest, ReceiptRequest, ThresholdRequest
from inventory.models import Movement, Reservation, Stock

LATEST = 20


class MoreRequest(ReceiptRequest):
    """A receipt of the product whose page it is."""

    product_id = None  # type: ignore[assignment]


def receive(who: Staff, **receipt: Any) -> Stock:
    return services.receive(**receipt, actor=str(who.id))[0]


def receive_more(who: Staff, stock: Stock, **receipt: Any) -> Stock:
    return receive(who, product_id=stock.pk, **receipt)


def adjust(who: Staff, stock: Stock, **correction: Any) -> Movement:
    return services.adjust(product_id=stock.pk, **correction, actor=str(who.id))


def set_threshold(who: Staff, stock: Stock, **threshold: Any) -> Stock:
    return services.set_threshold(product_id=stock.pk, **threshold)


class LowStock(admin.SimpleListFilter):
    """The filter there is an index for."""

    title = "how much"
    parameter_name = "how_much"

    def lookups(self, request: HttpRequest, page: Any) -> list[tuple[str, str]]:
        return [("low", "At or below the threshold")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(is_low=True) if self.value() == "low" else queryset


@admin.register(Stock)
class StockPage(Facts):
    list_display = ("product_id", "quantity", "reserved", "low_stock_threshold", "is_low", "updated_at")
    list_filter = (LowStock,)
    shown = (*list_display, "created_at")
    sought = ("product_id",)
    search_help_text = "The id of a product."
    deeds = (
        Deed(name="receive", label="Receive stock", do=receive, asks=ReceiptRequest, of_the_table=True),
        Deed(name="receive-more", label="Receive more", do=receive_more, asks=MoreRequest),
        Deed(name="adjust", label="Adjust", do=adjust, asks=AdjustmentRequest, warning="After a count, a loss or a find."),
        Deed(
            name="threshold",
            label="Set the threshold",
            do=set_threshold,
            asks=ThresholdRequest,
            starts_with=lambda stock: {"low_stock_threshold": stock.low_stock_threshold},
        ),
    )

    def title_of(self, row: Any) -> str:
        return f"Stock of product {row.pk}"

    def tables(self, row: Any) -> Iterable[Table]:
        latest = Movement.objects.filter(product_id=row.pk).order_by("-pk")[:LATEST]
        return [Table(f"The {LATEST} latest movements", latest, MovementPage.list_display[1:])]


@admin.register(Movement)
class MovementPage(Facts):
    list_display = (
        "product_id",
        "created_at",
        "kind",
        "delta",
        "reserved_delta",
        "quantity_after",
        "reserved_after",
        "reference",
        "note",
        "actor",
    )
    shown = ("pk", *list_display)
    sought = ("pk", "product_id")
    search_help_text = "The id of a product."


@admin.register(Reservation)
class ReservationPage(Facts):
    list_display = ("order_id", "status", "created_at", "updated_at")
    list_filter = ("status",)
    sought = ("order_id",)
    search_help_text = "The id of an order."

    def tables(self, row: Any) -> Iterable[Table]:
        return [Table("Items", row.items, ("product_id", "quantity"))]

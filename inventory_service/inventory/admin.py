"""The admin for staff. Quantities change through the services only, with a row in the ledger."""

from collections.abc import Iterable
from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from chassis.admin.actions import RequestForm, staff_action
from chassis.admin.auth_backend import staff_id
from chassis.admin.model_admin import IndexedFilter, StaffModelAdmin
from chassis.admin.names import look_up
from inventory import services
from inventory.api.serializers import AdjustmentRequest, ReceiptRequest, ThresholdRequest
from inventory.models import Movement, Reservation, Stock
from inventory.services import product_lookup


class ReceiveForProductRequest(ReceiptRequest):
    product_id = None  # type: ignore[assignment]


class ReceiveForProductForm(RequestForm, forms.Form):
    request_serializer: ClassVar[Any] = ReceiveForProductRequest
    quantity = forms.IntegerField(help_text="Units received.")
    note = forms.CharField(required=False, widget=AdminTextInputWidget)


class ReceiveForm(ReceiveForProductForm):
    request_serializer = ReceiptRequest
    product_id = forms.UUIDField(widget=AdminTextInputWidget)
    field_order = ("product_id",)


class AdjustmentForm(RequestForm, forms.Form):
    request_serializer = AdjustmentRequest
    delta = forms.IntegerField(help_text="Units to add; a negative number removes units.")
    reason = forms.CharField(widget=AdminTextInputWidget)


class ThresholdForm(RequestForm, forms.ModelForm):
    request_serializer = ThresholdRequest


class LowStockFilter(IndexedFilter):
    title, parameter_name = "stock level", "stock_level"
    choice = ("low", "At or below the threshold")
    condition = Q(is_low=True)


class UnverifiedFilter(IndexedFilter):
    title, parameter_name = "product", "product"
    choice = ("unverified", "Not verified with the product service")
    condition = Q(product_unverified=True)


class ProductNamesAdmin(StaffModelAdmin):
    def add_names(self, request: HttpRequest, rows: Iterable[Any]) -> None:
        url = f"{settings.PRODUCT_SERVICE_URL}/api/products/"
        found = look_up(request, url, [row.product_id for row in rows], include_archived="true")
        for row in rows:
            if product := found.get(row.product_id):
                row.product_name = f"{product['sku']} {product['name']}"

    @admin.display(description="product")
    def product(self, row: Any) -> str:
        return str(getattr(row, "product_name", "") or row.product_id)


@admin.register(Stock)
class StockAdmin(ProductNamesAdmin):
    form = ThresholdForm
    list_display = (
        "product",
        "quantity",
        "reserved",
        "low_stock_threshold",
        "stock_level",
        "updated_at",
    )
    list_filter = (LowStockFilter, UnverifiedFilter)
    fields = (
        *("product", "product_id", "product_unverified", "quantity", "reserved"),
        *("low_stock_threshold", "stock_level", "created_at", "updated_at", "movements"),
    )
    editable_fields = ("low_stock_threshold",)
    search_columns = ("product_id",)
    search_help_text = "Product id"
    changelist_actions = ("receive",)
    change_actions = ("receive_for_product", "adjust")

    @admin.display(description="stock level")
    def stock_level(self, stock: Stock) -> str:
        return "Low" if stock.is_low else "Sufficient"

    def movements(self, stock: Stock) -> str:
        url = reverse("admin:inventory_movement_changelist")
        return format_html('<a href="{}?{}">Ledger</a>', url, urlencode({"q": stock.product_id}))

    def save_model(self, request: HttpRequest, obj: Stock, form: Any, change: bool) -> None:
        services.set_threshold(product_id=obj.pk, **form.validated)

    @staff_action("Receive stock", form=ReceiveForm)
    def receive(self, request: HttpRequest, _: None, **receipt: Any) -> Stock:
        return _receive(request, **receipt)

    @staff_action("Receive", form=ReceiveForProductForm)
    def receive_for_product(self, request: HttpRequest, stock: Stock, **receipt: Any) -> None:
        _receive(request, product_id=stock.pk, **receipt)

    @staff_action("Adjust", form=AdjustmentForm, warning="For example after a count or a loss.")
    def adjust(self, request: HttpRequest, stock: Stock, **adjustment: Any) -> None:
        services.adjust(product_id=stock.pk, **adjustment, actor=str(staff_id(request)))


def _receive(request: HttpRequest, *, product_id: UUID, **receipt: Any) -> Stock:
    access_token = request.session["access"]
    unverified = product_lookup.find_unverified([product_id], staff_token=access_token)
    stock, _ = services.receive(
        product_id=product_id, **receipt, unverified=unverified, actor=str(staff_id(request))
    )
    return stock


@admin.register(Movement)
class MovementAdmin(ProductNamesAdmin):
    list_display = (
        *("product", "created_at", "kind", "delta", "reserved_delta"),
        *("quantity_after", "reserved_after", "reference", "note", "actor"),
    )
    fields = ("id", "product_id", *list_display)
    search_columns = ("pk", "product_id")
    search_help_text = "Product id"


@admin.register(Reservation)
class ReservationAdmin(StaffModelAdmin):
    list_display = ("order_id", "status", "created_at", "updated_at")
    list_filter = ("status",)
    fields = (*list_display, "items")
    search_columns = ("order_id",)
    search_help_text = "Order id"

"""The catalogue in the Django admin."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.db.models import Q
from django.http import HttpRequest

from chassis.admin.actions import RequestForm, staff_action
from chassis.admin.model_admin import IndexedFilter, StaffModelAdmin
from products import services
from products.api.serializers.products import ProductRequest
from products.models import EDITABLE_FIELDS, READ_ONLY_FIELDS, Category, Product


class ProductForm(RequestForm, forms.ModelForm):
    request_serializer = ProductRequest
    description = forms.CharField(required=False, widget=AdminTextareaWidget)
    category = forms.CharField(required=False, widget=AdminTextInputWidget)
    image_url = forms.CharField(required=False, widget=AdminTextInputWidget)
    is_active = forms.BooleanField(required=False, initial=True)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    """The version that the form shows, for optimistic locking."""

    class Meta:
        labels: ClassVar = {"sku": "SKU"}


class ActiveFilter(IndexedFilter):
    title = parameter_name = "status"
    choice = ("active", "Active")
    condition = Q(is_active=True)


@admin.register(Product)
class ProductAdmin(StaffModelAdmin):
    form = ProductForm
    list_display = ("sku", "name", "price", "category", "is_active", "updated_at")
    list_filter = (ActiveFilter,)
    fields = (*EDITABLE_FIELDS, "version", *READ_ONLY_FIELDS)
    editable_fields = (*EDITABLE_FIELDS, "version")
    search_columns = ("pk", "sku")
    search_help_text = "Search for an exact SKU or id."
    actions = change_actions = ("archive", "restore")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        if change:
            versions = {form.cleaned_data["version"]}
            services.update(product_id=obj.pk, versions=versions, **form.validated)
        else:
            obj.pk = services.create(**form.validated).pk

    @staff_action(
        "Archive",
        warning="It disappears from lists and cannot be ordered. Orders keep its name and price.",
        is_available=lambda product: product.is_active,
    )
    def archive(self, request: HttpRequest, product: Product) -> None:
        services.archive(product_id=product.pk)

    @staff_action("Restore", is_available=lambda product: not product.is_active)
    def restore(self, request: HttpRequest, product: Product) -> None:
        services.update(product_id=product.pk, is_active=True)


@admin.register(Category)
class CategoryAdmin(StaffModelAdmin):
    """Read-only: categories follow from the products."""

    list_display = fields = ("slug", "name", "product_count")
    ordering = ("slug",)
    search_help_text = "Search for an exact slug."

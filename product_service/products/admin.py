"""What staff see and do in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from rest_framework import serializers

from chassis.admin.deeds import Deed
from chassis.admin.facts import Facts
from chassis.admin.people import Staff
from products import services
from products.api.serializers import ProductRequest
from products.models import Category, Product

FACTS = ("sku", "name", "description", "price", "category", "image_url", "is_active")


class EditRequest(ProductRequest):
    """The whole product, and the version that the form was opened with: what somebody else has changed since is not overwritten."""

    version = serializers.IntegerField(min_value=1, style={"input_type": "hidden"})


def create(who: Staff, **facts: Any) -> Product:
    return services.create(**facts)


def edit(who: Staff, product: Product, version: int, **facts: Any) -> Product:
    return services.change(product_id=product.pk, versions={version}, **facts)


def archive(who: Staff, product: Product) -> None:
    services.archive(product_id=product.pk)


def sell_again(who: Staff, product: Product) -> None:
    services.change(product_id=product.pk, is_active=True)


class Sold(admin.SimpleListFilter):
    """The filter there is an index for."""

    title = "what"
    parameter_name = "what"

    def lookups(self, request: HttpRequest, page: Any) -> list[tuple[str, str]]:
        return [("sold", "Sold now")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.active() if self.value() == "sold" else queryset


@admin.register(Product)
class ProductPage(Facts):
    list_display = ("sku", "name", "price", "category", "is_active", "updated_at")
    list_filter = (Sold,)
    shown = ("pk", *FACTS, "currency", "created_at", "updated_at")
    sought = ("pk", "sku")
    search_help_text = "An SKU as it is written, or an id."
    actions_of = ("archive",)
    deeds = (
        Deed(name="create", label="Create a product", do=create, asks=ProductRequest, of_the_table=True),
        Deed(
            name="edit",
            label="Edit",
            do=edit,
            asks=EditRequest,
            starts_with=lambda product: {name: getattr(product, name) for name in (*FACTS, "version")},
        ),
        Deed(
            name="archive",
            label="Archive",
            do=archive,
            may=lambda product: product.is_active,
            warning="The product goes from lists and can be ordered no more. Old orders keep what they say of it.",
        ),
        Deed(name="sell-again", label="Sell again", do=sell_again, may=lambda product: not product.is_active),
    )

    def title_of(self, row: Any) -> str:
        return f"{row.sku} {row.name}"


@admin.register(Category)
class CategoryPage(Facts):
    """Products bring categories into being, and count in them: there is nothing to do here."""

    list_display = ("slug", "name", "product_count")
    ordering = ("slug",)
    search_help_text = "A slug as it is written."

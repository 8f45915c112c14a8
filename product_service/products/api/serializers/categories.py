"""Bodies of the category tree."""

from typing import Any, ClassVar

from rest_framework import serializers

from chassis.renderers import FastModelSerializer, help_texts
from products.models import Category


class CategoryResponse(FastModelSerializer):
    parent = serializers.CharField(  # type: ignore[assignment]
        read_only=True,
        allow_null=True,
        help_text="The slug of the parent category, null for a root.",
    )

    class Meta:
        model = Category
        fields = ("slug", "name", "parent", "product_count")
        extra_kwargs = help_texts(
            slug="The value for `?category=`: `home/lighting` is below `home`.",
            name="The name that customers see.",
            product_count="The number of active products in this category and those below it.",
        )
        swagger_schema_fields: ClassVar = {
            "example": {
                "slug": "home/lighting",
                "name": "Lighting",
                "parent": "home",
                "product_count": 12,
            }
        }


class CategoriesResponse(serializers.Serializer[Any]):
    results = serializers.ListSerializer[Any](
        child=CategoryResponse(), help_text="All categories of active products."
    )

    class Meta:
        swagger_schema_fields: ClassVar = {
            "example": {"results": [CategoryResponse.Meta.swagger_schema_fields["example"]]}
        }

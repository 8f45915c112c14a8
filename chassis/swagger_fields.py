"""What drf-yasg does not say of fields by itself, though the services hold to it."""

from typing import Any

from drf_yasg import openapi
from drf_yasg.inspectors import FieldInspector
from rest_framework import serializers

from chassis.validation import QuerySerializer, RequestSerializer


class Precise(FieldInspector):
    """First of the field inspectors: looks over what the others made."""

    def process_result(self, result: Any, method_name: str, obj: Any, **options: Any) -> Any:
        if not isinstance(result, openapi.SwaggerDict):
            return result
        if isinstance(obj, serializers.ListSerializer):
            _say_how_many(result, obj)
        elif isinstance(obj, RequestSerializer):
            # drf-yasg takes a schema here, JSON Schema and Swagger false as well
            openapi.resolve_ref(result, self.components)["additionalProperties"] = False
        elif isinstance(obj, serializers.Field):
            _say_which_texts(result, obj)
        return result


def _say_how_many(result: Any, rows: Any) -> None:
    if not rows.allow_empty:
        result.min_items = 1
    if rows.max_length:
        result.max_items = rows.max_length


def _say_which_texts(result: Any, field: Any) -> None:
    if not isinstance(field.root, RequestSerializer | QuerySerializer):
        result.pop("minLength", None)  # DRF means what a form may send; what is answered may well be empty
    elif pattern := getattr(field, "pattern", ""):
        result.pattern = pattern

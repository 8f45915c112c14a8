"""What drf-yasg does not say of fields by itself, though the services hold to it."""

from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from drf_yasg import openapi
from drf_yasg.inspectors import FieldInspector
from rest_framework import serializers

from chassis.validation import QuerySerializer, RequestSerializer

EVERYWHERE = {
    "id": "A UUID of version 7, made by the server.",
    "created_at": "When it came about (RFC 3339, UTC).",
    "updated_at": "When it was changed last (RFC 3339, UTC).",
}


class Precise(FieldInspector):
    """First of the field inspectors: looks over what the others made."""

    def process_result(self, result: Any, method_name: str, obj: Any, **options: Any) -> Any:
        if not isinstance(result, openapi.SwaggerDict):
            return result
        _say_what_it_means(result if "$ref" not in result else openapi.resolve_ref(result, self.components), obj)
        if isinstance(obj, serializers.ListSerializer):
            _say_how_many(result, obj)
        elif isinstance(obj, RequestSerializer):
            # drf-yasg takes a schema here, JSON Schema and Swagger false as well
            openapi.resolve_ref(result, self.components)["additionalProperties"] = False
        elif isinstance(obj, serializers.Field):
            _say_which_texts(result, obj)
        return result


@cache
def words() -> dict[str, str]:
    """What a field means whose serializer does not say it: by `Serializer.field`, by its name, or by that of its serializer."""
    of_the_service: dict[str, str] = import_string(settings.FIELD_WORDS) if hasattr(settings, "FIELD_WORDS") else {}
    return EVERYWHERE | of_the_service


def _say_what_it_means(result: Any, field: Any) -> None:
    name = getattr(field, "field_name", None)
    if result.get("description") or not name:
        return
    own = f"{type(field.parent).__name__}.{name}"
    kind = type(field).__name__ if isinstance(field, serializers.Serializer) else name
    if said := words().get(own) or words().get(kind):
        result.description = said


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

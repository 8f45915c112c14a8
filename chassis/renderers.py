"""Response bodies, and how drf-yasg is to document them."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer

from chassis.json_text import dumps


class FastModelSerializer(serializers.ModelSerializer[Any]):
    """A row's values as they are, since `dumps` can write them: a third of the time of field by field."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return self.to_dict(instance)

    @classmethod
    def to_dict(cls, instance: Any) -> dict[str, Any]:
        return {name: getattr(instance, name) for name in cls.Meta.fields}


def help_texts(**texts: str) -> dict[str, dict[str, str]]:
    """A ModelSerializer's `extra_kwargs` that describe its fields in the documents."""
    return {name: {"help_text": text} for name, text in texts.items()}


class JSONRenderer(BaseRenderer):
    """What drf-yasg documents as produced; also renders what DRF's own views return."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, media_type: str | None = None, context: Mapping[str, Any] | None = None
    ) -> bytes:
        return b"" if data is None else dumps(data)


class IgnoreAccept(BaseContentNegotiation):
    """JSON whatever the client accepts (RFC 9110, section 12.1); for drf-yasg's views only."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type

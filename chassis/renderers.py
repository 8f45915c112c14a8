"""Response bodies, for views and for drf-yasg."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer

from chassis.json_text import dumps


class FastModelSerializer(serializers.ModelSerializer[Any]):
    """Returns a row's values unconverted, as `dumps` supports them: three times as fast as DRF."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return self.to_dict(instance)

    @classmethod
    def to_dict(cls, instance: Any) -> dict[str, Any]:
        return {name: getattr(instance, name) for name in cls.Meta.fields}


def help_texts(**texts: str) -> dict[str, dict[str, str]]:
    """The `extra_kwargs` of a ModelSerializer with the help text of each field."""
    return {name: {"help_text": text} for name, text in texts.items()}


class JSONRenderer(BaseRenderer):
    """The media type that drf-yasg documents; also renders responses of DRF's own views."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, media_type: str | None = None, context: Mapping[str, Any] | None = None
    ) -> bytes:
        return b"" if data is None else dumps(data)


class IgnoreAccept(BaseContentNegotiation):
    """JSON for any Accept header (RFC 9110, section 12.1); only for drf-yasg's views."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type

"""Request bodies: strict JSON by orjson, and nothing that a database cannot hold."""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser


class JSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        return loads(stream.read())


def loads(raw: bytes) -> Any:
    """Raises ParseError."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ParseError(f"The body is not JSON: {error}") from error
    if b"\\u0000" in raw and _has_nul(value):
        raise ParseError("The body has a NUL character, which no field here can hold.")
    return value


def _has_nul(value: Any) -> bool:
    """Without recursion: orjson accepts deeper nesting than Python's stack."""
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, str) and "\0" in item:
            return True
        if isinstance(item, dict):
            left += [*item, *item.values()]
        elif isinstance(item, list):
            left += item
    return False

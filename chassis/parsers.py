"""Request bodies: JSON, read by orjson and rejected if parsers could disagree on its meaning."""

import json
import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from chassis.problems import ContentTooLarge

SMALL_BODY = 64 * 1024
MAX_TOKENS = 500_000
"""Max strings, brackets and separators of a large body, twice those of 10,000 full products."""

_TOKENS = re.compile(rb'[\[{,:]|"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def loads(raw: bytes) -> Any:
    """Raises ParseError for malformed JSON, duplicate keys, NUL characters and too deep nesting.

    A dropped duplicate key changes the number of colons: without escapes in the text, keys are
    only compared in that case.
    """
    if len(raw) > SMALL_BODY and next(islice(_TOKENS.finditer(raw), MAX_TOKENS, None), None):
        raise ContentTooLarge("The body has too many values.")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ParseError(f"The body is not JSON: {error}") from error
    try:
        canonical = orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise ParseError("The body is nested too deep.") from error
    if b"\\" in raw or raw.count(b":") != canonical.count(b":"):
        if _NUL.search(canonical):
            raise ParseError("The body has a NUL character, which cannot be stored.")
        json.loads(raw, object_pairs_hook=_reject_duplicates, parse_int=str)
    return value


def _reject_duplicates(pairs: list[tuple[str, Any]]) -> None:
    seen = set()
    for key, _ in pairs:
        if key in seen:
            raise ParseError(f"The key {key[:100]!r} is used twice in one object.")
        seen.add(key)


class JSONParser(BaseParser):
    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return loads(stream.read())

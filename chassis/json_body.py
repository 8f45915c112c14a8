"""JSON bodies, read by orjson and refused where two readers could understand them differently."""

import json
import re
from itertools import islice
from typing import Any

import orjson
from rest_framework.exceptions import ParseError

from chassis.problems import ContentTooLarge

SMALL_BODY = 64 * 1024
MAX_TOKENS = 500_000
"""Strings, brackets and separators of a large body: ten thousand products in full have half as many."""

_TOKENS = re.compile(rb'[\[{,:]|"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def loads(raw: bytes) -> Any:
    """The value of a JSON text. Raises ParseError for malformed JSON, duplicate keys, NUL characters and too deep nesting.

    Without escapes in the text, a key that was dropped shows in the number of colons: only then keys are compared one by one.
    """
    if len(raw) > SMALL_BODY and next(islice(_TOKENS.finditer(raw), MAX_TOKENS, None), None):
        raise ContentTooLarge("The body has more values than any request here needs.")
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
            raise ParseError("The body has a NUL character, which no field here can hold.")
        json.loads(raw, object_pairs_hook=_refuse_duplicates, parse_int=str)
    return value


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> None:
    seen = set()
    for key, _ in pairs:
        if key in seen:
            raise ParseError(f"The key {key[:100]!r} is there twice in one object.")
        seen.add(key)

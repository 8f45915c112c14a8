"""The Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header): what a repeated POST is recognised by."""

import hashlib
from typing import Any

import orjson

from chassis.context import WithMeta
from chassis.problems import Invalid

LONGEST_KEY = 255
PATTERN = r"^[!-~]([ -~]{0,253}[!-~])?$"
"""For the documents: spaces at the ends are not a part of a header."""


def idempotency_key(request: WithMeta) -> str | None:
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is not None and not (1 <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Invalid("Idempotency-Key", f"Has to be 1 to {LONGEST_KEY} printable ASCII characters.")
    return str(key) if key is not None else None


def fingerprint(body: Any) -> str:
    """The same for bodies that mean the same: the order of an object's members and white space do not count."""
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()

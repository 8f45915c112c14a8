"""JSON as we write it, by orjson. Imports nothing of DRF: gunicorn's workers use it before Django is set up."""

from decimal import Decimal
from typing import Any

import orjson
from django.utils.functional import Promise


def dumps(data: Any) -> bytes:
    return orjson.dumps(data, default=_as_text, option=orjson.OPT_UTC_Z)


def _as_text(value: Any) -> str:
    """What orjson does not know: money, and texts that are translated when they are read."""
    if isinstance(value, Decimal | Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON")

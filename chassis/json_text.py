"""JSON output by orjson. Imports nothing of DRF: gunicorn uses it before Django is set up."""

from decimal import Decimal
from typing import Any

import orjson
from django.utils.functional import Promise


def dumps(data: Any) -> bytes:
    return orjson.dumps(data, default=_to_text, option=orjson.OPT_UTC_Z)


def _to_text(value: Any) -> str:
    """For types that orjson does not support: Decimal and lazy translations."""
    if isinstance(value, Decimal | Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON serializable")

"""Validation that all clients share."""

from typing import Any


def text(value: Any, longest: int, least: int = 1) -> str:
    """Raises ValueError for what the database could not keep."""
    if not isinstance(value, str) or not least <= len(value) <= longest or "\0" in value:
        raise ValueError("not a text that can be kept")
    return value

"""Validation of upstream responses, shared by the clients."""

from typing import Any


def require_text(value: Any, max_length: int, min_length: int = 1) -> str:
    """Raises ValueError for a value that the database cannot store."""
    if (
        not isinstance(value, str)
        or not min_length <= len(value) <= max_length
        or "\0" in value  # PostgreSQL does not store it
    ):
        raise ValueError("not a valid text")
    return value

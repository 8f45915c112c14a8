"""Finds GET operations and query parameters of swagger.json whose query plans no test checks."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE_PARAMETERS = {"page_size", "cursor"}


def left_out(document: dict[str, Any], addresses: Iterable[str]) -> set[str]:
    """Operations and query parameters that none of `addresses` uses."""
    used = [
        (parts.path, set(parse_qs(parts.query, keep_blank_values=True)))
        for parts in map(urlsplit, addresses)
    ]
    missing = set()
    for path, parameters in _get_operations(document):
        pattern = re.compile(
            re.sub(r"\{\w+\}", "[^/]+", re.escape(path).replace(r"\{", "{").replace(r"\}", "}"))
        )
        queries = [
            query
            for used_path, query in used
            if pattern.fullmatch(used_path) and not _has_own_path(document, path, used_path)
        ]
        missing |= {
            f"{path}?{name}" for name in parameters if not any(name in query for query in queries)
        }
        missing |= set() if queries else {path}
    return missing


def _get_operations(document: dict[str, Any]) -> list[tuple[str, set[str]]]:
    return [
        (
            path,
            {
                each["name"]
                for each in operations["get"].get("parameters", [])
                if each["in"] == "query"
            }
            - PAGE_PARAMETERS,
        )
        for path, operations in document["paths"].items()
        if "get" in operations
    ]


def _has_own_path(document: dict[str, Any], path: str, used: str) -> bool:
    """`/me/` does not match `/{user_id}/`."""
    return used != path and used in document["paths"]

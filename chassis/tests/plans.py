"""Whether every reading of a service has had its plans looked at: what there is to read is what swagger.json says."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGING = {"page_size", "cursor"}


def left_out(document: dict[str, Any], addresses: Iterable[str]) -> set[str]:
    """GETs, and filters and orderings of theirs, that none of `addresses` asks for."""
    asked = [
        (parts.path, set(parse_qs(parts.query, keep_blank_values=True)))
        for parts in map(urlsplit, addresses)
    ]
    missing = set()
    for path, parameters in _readings(document):
        pattern = re.compile(
            re.sub(r"\{\w+\}", "[^/]+", re.escape(path).replace(r"\{", "{").replace(r"\}", "}"))
        )
        queries = [
            query
            for asked_path, query in asked
            if pattern.fullmatch(asked_path) and not _is_another(document, path, asked_path)
        ]
        missing |= {
            f"{path}?{name}" for name in parameters if not any(name in query for query in queries)
        }
        missing |= set() if queries else {path}
    return missing


def _readings(document: dict[str, Any]) -> list[tuple[str, set[str]]]:
    return [
        (
            path,
            {
                each["name"]
                for each in operations["get"].get("parameters", [])
                if each["in"] == "query"
            }
            - PAGING,
        )
        for path, operations in document["paths"].items()
        if "get" in operations
    ]


def _is_another(document: dict[str, Any], path: str, asked: str) -> bool:
    """`/me/` is no `/{user_id}/`."""
    return asked != path and asked in document["paths"]

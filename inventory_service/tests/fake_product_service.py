"""A fake product service: every id is an active product, except those listed here."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from chassis import tokens

INVALID = {"status": 400, "code": "invalid"}


class FakeProductService:
    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.unknown: set[UUID] = set()
        self.archived: set[UUID] = set()
        self.skus: dict[str, UUID] = {}
        self.responses: list[tuple[int, Any]] = []
        """Scripted responses of the next calls; the last one is repeated."""
        self.paths: list[str] = []
        self.on_call: Callable[[], None] = lambda: None

    def handle(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
        query = {
            name: values[0]
            for name, values in parse_qs(urlsplit(path).query, keep_blank_values=True).items()
        }
        self.paths.append(path)
        self.on_call()
        if self.responses:
            return self.responses.pop(0) if len(self.responses) > 1 else self.responses[0]
        if "include_archived" in query and not _is_staff(headers):
            return 403, {"status": 403, "code": "permission_denied"}
        found = self._named(query)
        if found is None:
            return 400, INVALID
        hidden = self.unknown if "include_archived" in query else self.unknown | self.archived
        return 200, {
            "next": None,
            "previous": None,
            "results": [{"id": str(each)} for each in found if each not in hidden],
        }

    def _named(self, query: Mapping[str, str]) -> list[UUID] | None:
        if "ids" not in query:
            return [id for sku, id in self.skus.items() if sku in query["sku"].split(",")]
        try:
            ids = [UUID(each) for each in query["ids"].split(",")]
        except ValueError:
            return None
        return ids if len(ids) <= 100 else None


def _is_staff(headers: Mapping[str, str]) -> bool:
    claims: dict[str, Any] = tokens.verify(headers.get("Authorization", "").removeprefix("Bearer "))
    return claims["role"] == "staff"

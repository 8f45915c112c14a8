"""Cursor (keyset) pagination: every page costs the same, and concurrent inserts shift no rows."""

from base64 import b64decode
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs

from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import QuerySet
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from chassis.api import Response
from chassis.client_address import origin
from chassis.keyset import after, from_inclusive, get_field, reverse_ordering
from chassis.problems import ValidationFailed
from chassis.query import given

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
MAX_ROUNDS = 5
"""Max reads of MAX_PAGE_SIZE rows for one page of a list with `keep`; then the page is short."""

KeyRange = tuple[Sequence[Any], Sequence[Any]]
"""The first and last position of a list, each with a value for each column."""
Keep = Callable[[list[Any]], list[Any]]
"""Filters at most 100 rows by what another service knows."""


class KeysetPagination(CursorPagination):
    """Orders by columns that are unique together; a cursor has a value for each of them.

    Fastest if all columns have the same direction.
    """

    page_size = DEFAULT_PAGE_SIZE
    ordering: Any = ("-id",)
    within: KeyRange | None = None
    keep: Keep | None = None
    is_short = False
    cursor: Any

    def get_page_size(self, request: Any) -> int:
        text = given(request.query_params, "page_size") or str(self.page_size)
        if not (
            text.isascii()
            and text.isdecimal()
            and len(text) < 4
            and 1 <= int(text) <= MAX_PAGE_SIZE
        ):
            raise ValidationFailed(
                "page_size", f"Has to be a whole number from 1 to {MAX_PAGE_SIZE}."
            )
        return int(text)

    def decode_cursor(self, request: Any) -> Cursor | None:
        encoded = given(request.query_params, "cursor")
        if encoded is None:
            return None
        try:
            tokens = parse_qs(
                b64decode(encoded.encode("ascii"), validate=True).decode("ascii"),
                strict_parsing=True,
            )
            position: Any = tokens["p"]  # a list, one for each column
        except (ValueError, UnicodeError, KeyError) as error:
            raise _invalid_cursor() from error
        if len(position) != len(self.ordering):
            raise _invalid_cursor()
        return Cursor(offset=0, reverse=tokens.get("r") == ["1"], position=position)

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any] | None:
        self.base_url, self.page_size = (
            origin(request) + request.get_full_path(),
            self.get_page_size(request),
        )
        self.cursor = self.decode_cursor(request) or Cursor(offset=0, reverse=False, position=None)
        entered = self.cursor.position is not None
        try:
            found = (
                self._filtered(queryset)
                if self.keep
                else list(self._slice(queryset)[: self.page_size + 1])
            )
        except (ValidationError, ValueError, ArithmeticError, DataError) as error:
            raise _invalid_cursor() from error  # the position is not a value of the column
        self.page, more = found[: self.page_size], self.is_short or len(found) > self.page_size
        self.has_previous, self.has_next = entered, more
        if self.cursor.reverse:
            self.page.reverse()
            self.has_previous, self.has_next = more, entered
        return self.page

    def get_next_link(self) -> str | None:
        return self._link(-1, reverse=False) if self.has_next else None

    def get_previous_link(self) -> str | None:
        return self._link(0, reverse=True) if self.has_previous else None

    def _filtered(self, rows: Any) -> list[Any]:
        """Up to one row more than a page that `keep` accepts, from a bounded number of rows.

        The cursor moves with the rows that are read: a short page ends at the last of them.
        """
        found: list[Any] = []
        for _ in range(MAX_ROUNDS):
            read = list(self._slice(rows)[:MAX_PAGE_SIZE])
            found += self.keep(read) if self.keep and read else []
            if len(found) > self.page_size or len(read) < MAX_PAGE_SIZE:
                return found
            self.cursor = self.cursor._replace(position=self._position_of(read[-1]))
        self.is_short = True
        return found

    def _slice(self, rows: Any) -> Any:
        """`rows` in order, from the cursor's position or the beginning of the list."""
        order = [reverse_ordering(name) if self.cursor.reverse else name for name in self.ordering]
        rows, position = rows.order_by(*order), self.cursor.position
        if self.within:
            # One lower bound only: of two, PostgreSQL 18 uses the list's and scans from there.
            end, beginning = self.within if order[0].startswith("-") else self.within[::-1]
            rows = from_inclusive(rows, [reverse_ordering(name) for name in order], end)
            if position is not None:
                self._check(position, self.within)
            if position is None or _is_before(rows, order, position, beginning):
                return from_inclusive(rows, order, beginning)
        return rows if position is None else after(rows, order, position)

    def _check(self, position: Sequence[str], within: KeyRange) -> None:
        if any(
            text != str(least)
            for text, least, greatest in zip(position, *within, strict=True)
            if least == greatest
        ):
            raise _invalid_cursor()

    def _link(self, place: int, *, reverse: bool) -> str:
        page = self.page or []
        ends_at_cursor = not page or (self.is_short and reverse == self.cursor.reverse)
        position: Any = self.cursor.position if ends_at_cursor else self._position_of(page[place])
        return str(self.encode_cursor(Cursor(offset=0, reverse=reverse, position=position)))

    def _position_of(self, row: Any) -> list[str]:
        return [str(getattr(row, name.lstrip("-"))) for name in self.ordering]


def paginate(
    request: Request,
    rows: QuerySet[Any],
    serializer: type[Serializer[Any]],
    ordering: str | Sequence[str] = "-id",
    within: KeyRange | None = None,
    keep: Keep | None = None,
) -> dict[str, Any]:
    """One page of `rows`, ordered by columns or annotations that are unique together.

    `within` bounds the rows by position; `keep` filters them after they are read.
    """
    paginator = KeysetPagination()
    paginator.within, paginator.keep = within, keep
    paginator.ordering = (ordering,) if isinstance(ordering, str) else tuple(ordering)
    results = serializer(paginator.paginate_queryset(rows, request), many=True).data
    return {
        "next": paginator.get_next_link(),
        "previous": paginator.get_previous_link(),
        "results": results,
    }


def paged(*args: Any, **kwargs: Any) -> Response:
    """The response of `paginate`."""
    return Response(paginate(*args, **kwargs))


def _is_before(
    rows: Any, order: Sequence[str], position: Sequence[str], beginning: Sequence[Any]
) -> bool:
    """True for a position of the same list with other bounds."""
    fields = [get_field(rows, name) for name in order]
    place = [
        getattr(field, "output_field", field).to_python(text)
        for field, text in zip(fields, position, strict=True)
    ]
    return place > [*beginning] if order[0].startswith("-") else place < [*beginning]


def _invalid_cursor() -> ValidationFailed:
    return ValidationFailed(
        "cursor", "This is not a cursor of this list; take it from `next` or `previous`."
    )

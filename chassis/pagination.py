"""Cursor pages: each costs what the first costs, however deep, and rows added meanwhile shift nothing."""

from base64 import b64decode
from typing import Any
from urllib.parse import parse_qs

from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import QuerySet
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from chassis.problems import Invalid

DEFAULT_PAGE = 20
LARGEST_PAGE = 100


class KeysetPagination(CursorPagination):
    page_size = DEFAULT_PAGE
    ordering: Any = ("-id",)

    def get_page_size(self, request: Any) -> int:
        text = request.query_params.get("page_size", str(self.page_size))
        if not (text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= LARGEST_PAGE):
            raise Invalid("page_size", f"Has to be a whole number from 1 to {LARGEST_PAGE}.")
        return int(text)

    def decode_cursor(self, request: Any) -> Cursor | None:
        encoded = request.query_params.get("cursor")
        if encoded is None:
            return None
        if not encoded:
            raise _not_ours()
        try:
            tokens = parse_qs(b64decode(encoded.encode("ascii"), validate=True).decode("ascii"), strict_parsing=True)
            offset = int(tokens.get("o", ["0"])[0])
            if not 0 <= offset <= self.offset_cutoff:
                raise ValueError("offset")
            position: Any = tokens.get("p", [None])[0]
            return Cursor(offset=offset, reverse=tokens.get("r", ["0"])[0] == "1", position=position)
        except (ValueError, UnicodeError) as error:
            raise _not_ours() from error

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any] | None:
        try:
            page: list[Any] | None = super().paginate_queryset(queryset, request, view)
        except (ValidationError, ValueError, ArithmeticError, DataError) as error:  # a position that is no value of the column
            raise _not_ours() from error
        return page


def paged(request: Request, rows: QuerySet[Any], serializer: type[Serializer[Any]], ordering: str = "-id") -> Response:
    """One page of `rows` by `ordering`, which has to be unique."""
    paginator = KeysetPagination()
    paginator.ordering = (ordering,)
    page = paginator.paginate_queryset(rows, request)
    return paginator.get_paginated_response(serializer(page, many=True).data)


def _not_ours() -> Invalid:
    return Invalid("cursor", "This is not a cursor of this list; take it from `next` or `previous`.")

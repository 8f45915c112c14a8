"""The DRF parser of import endpoints."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import BadRequest
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from chassis import csv_io


class CsvParser(BaseParser):
    """Parses to rows of `csv_io`. A subclass names the columns."""

    media_type = "text/csv"
    columns: Sequence[str]
    required: Sequence[str]
    max_rows: int

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            return csv_io.parse(stream.read(), self.columns, self.required, max_rows=self.max_rows)
        except (csv_io.InvalidCsv, OSError, BadRequest) as error:
            raise ParseError(str(error)) from error

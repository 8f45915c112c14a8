"""Tables as spreadsheets save them."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

csv.field_size_limit(8 * 1024 * 1024)  # of a cell: what is too long for its field is said as of any other


class Table(list[dict[str, str]]):
    """Rows of which every value is a text."""


class CSVParser(BaseParser):
    """The rows of a CSV file by the names in its first row. UTF-8; commas or semicolons, as the spreadsheet's country has it."""

    media_type = "text/csv"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        try:
            text = stream.read().decode("utf-8-sig")
        except (UnicodeDecodeError, OSError) as error:
            raise ParseError(f"The body is not UTF-8: {error}") from error
        if "\0" in text:
            raise ParseError("The body has a NUL character, which no field here can hold.")
        return Table(_rows(text))


def _rows(text: str) -> Iterator[dict[str, str]]:
    header = text.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = _without_blank_end([name.strip() for name in next(lines, [])])
        if len(set(names)) < len(names):
            raise ParseError("Two columns have the same name.")
        for cells in filter(None, lines):
            yield _named(names, _without_blank_end(cells, least=len(names)))
    except csv.Error as error:
        raise ParseError(f"The body is not CSV: line {lines.line_num}: {error}") from error


def _without_blank_end(cells: list[str], least: int = 0) -> list[str]:
    """Spreadsheets write empty cells beyond the last column that is used."""
    while len(cells) > least and not cells[-1]:
        cells = cells[:-1]
    return cells


def _named(names: list[str], cells: list[str]) -> dict[str, str]:
    """A row that is too short lacks the last columns; what no column names goes by its number."""
    names = names + [f"column {number}" for number in range(len(names) + 1, len(cells) + 1)]
    return dict(zip(names, cells, strict=False))

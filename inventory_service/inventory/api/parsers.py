"""Tables as spreadsheets save them."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

csv.field_size_limit(8 * 1024 * 1024)  # of a cell: what is too long for its field is said as of any other


COLUMNS = ["product_id", "quantity", "note"]
NEEDED = COLUMNS[:2]


class Table(list[dict[str, str]]):
    """Rows of which every value is a text."""

    lines: list[int]
    """Of the file, where each row begins."""


class CSVParser(BaseParser):
    """The receipts of a CSV file, whose first row names the columns. UTF-8; commas or semicolons, as spreadsheets have it."""

    media_type = "text/csv"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        try:
            text = stream.read().decode("utf-8-sig")
        except (UnicodeDecodeError, OSError) as error:
            raise ParseError(f"The body is not UTF-8: {error}") from error
        if "\0" in text:
            raise ParseError("The body has a NUL character, which no field here can hold.")
        rows = list(_rows(text))
        table = Table(row for _, row in rows)
        table.lines = [line for line, _ in rows]
        return table


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    header = text.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = _names(next(lines, []))
        begins = lines.line_num + 1
        for cells in lines:
            if any(cells):
                yield begins, _named(names, _without_blank_end(cells, least=len(names)))
            begins = lines.line_num + 1
    except csv.Error as error:
        raise ParseError(f"The row that ends in line {lines.line_num} is not CSV: {error}") from error


def _names(header: list[str]) -> list[str]:
    names = _without_blank_end([name.strip() for name in header])
    if unknown := [name for name in names if name not in COLUMNS]:
        raise ParseError(f"There is no column {unknown[0][:100]!r}; there are {', '.join(COLUMNS)}.")
    if len(set(names)) < len(names) or not set(NEEDED) <= set(names):
        raise ParseError(f"The first line has to name each column once, {' and '.join(NEEDED)} among them.")
    return names


def _without_blank_end(cells: list[str], least: int = 0) -> list[str]:
    """Spreadsheets write empty cells beyond the last column that is used."""
    while len(cells) > least and not cells[-1]:
        cells = cells[:-1]
    return cells


def _named(names: list[str], cells: list[str]) -> dict[str, str]:
    """A row that is too short lacks the last columns; what no column names goes by its number."""
    names = names + [f"column {number}" for number in range(len(names) + 1, len(cells) + 1)]
    return dict(zip(names, cells, strict=False))

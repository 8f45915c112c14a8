"""CSV as spreadsheets write and read it: UTF-8, separated by commas or semicolons. What is read is bounded while it is read."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO, TextIOWrapper
from itertools import islice
from typing import Any

DELIMITERS = ",;"
MAX_ROW_LENGTH = 128 * 1024
"""Characters of one row, quotes and line breaks included: enough for every text that a field takes."""
BUFFER_SIZE = 64 * 1024

_FORMULA_SIGNS = "=+\\-@＝＋－＠"
_CELL_STARTS = rf"\A(?='*[\t\r\n{_FORMULA_SIGNS}])|(?:\A|[;\t\r\n])[\s\"]*(?='*[{_FORMULA_SIGNS}])"
_UNSAFE = re.compile(_CELL_STARTS)
_ESCAPED = re.compile(_CELL_STARTS.replace("(?=", "'(?="))


class InvalidCsv(ValueError):
    """The file cannot be cut into rows; the message says where."""


@dataclass(frozen=True, slots=True)
class CsvRow:
    number: int
    """The first row after the header is 1."""
    line: int
    """Line of the file where the row begins; the header is line 1."""
    cells: dict[str, str]
    """By column; a cell beyond the last column goes by its number."""
    problem: str = ""
    """Set when there are more or fewer cells than columns."""


def parse(
    raw: bytes, columns: Sequence[str], required: Sequence[str], *, max_rows: int
) -> list[CsvRow]:
    """Rows under a header that names some of `columns`; one row more than `max_rows` at most. Raises InvalidCsv."""
    lines = _BoundedLines(raw)
    cells = csv.reader(lines, delimiter=_delimiter(raw), strict=True)
    try:
        header = _header(next(cells, []), columns, required)
        return list(islice(_rows(header, cells, lines), max_rows + 1))
    except csv.Error as error:
        raise InvalidCsv(
            f"The row that ends in line {cells.line_num} is not CSV: {error}."
        ) from error


def render(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Parts of a file that `parse` reads back, header first. No cell of it is a formula for a spreadsheet."""
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_escape_formula(_as_text(value)) for value in row])
        if buffer.tell() > BUFFER_SIZE:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


class _BoundedLines:
    """Lines of the file; those of one row may have MAX_ROW_LENGTH characters together."""

    def __init__(self, raw: bytes) -> None:
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            raise InvalidCsv(f"The file is not UTF-8: see the byte at {error.start}.") from error
        if b"\0" in raw:
            raise InvalidCsv("The file has a NUL character, which no field can store.")
        self._text = TextIOWrapper(BytesIO(raw), "utf-8-sig", newline="")
        self._left = MAX_ROW_LENGTH

    def __iter__(self) -> Iterator[str]:
        for line in self._text:
            self._left -= len(line)
            if self._left < 0:
                raise csv.Error(f"a row has at most {MAX_ROW_LENGTH} characters")
            yield line

    def end_row(self) -> None:
        self._left = MAX_ROW_LENGTH


def _delimiter(raw: bytes) -> str:
    header = raw[:MAX_ROW_LENGTH].partition(b"\n")[0].decode(errors="ignore")
    return max(DELIMITERS, key=header.count)


def _header(names: list[str], columns: Sequence[str], required: Sequence[str]) -> list[str]:
    names = _without_blank_end([name.strip() for name in names])
    if unknown := [name for name in names if name not in columns]:
        raise InvalidCsv(
            f"There is no column {unknown[0][:100]!r}; there are: {', '.join(columns)}."
        )
    if len(set(names)) < len(names):
        raise InvalidCsv("A column is there twice.")
    if missing := [name for name in required if name not in names]:
        raise InvalidCsv(f"The first line names the columns; {missing[0]} is missing.")
    return names


def _rows(header: list[str], cells: Any, lines: _BoundedLines) -> Iterator[CsvRow]:
    number, line = 0, cells.line_num + 1
    lines.end_row()
    for row in cells:
        if any(cell.strip() for cell in row):
            number += 1
            yield _row(number, line, header, _without_blank_end(row, len(header)))
        line = cells.line_num + 1
        lines.end_row()


def _row(number: int, line: int, header: list[str], cells: list[str]) -> CsvRow:
    names = header + [f"column {place}" for place in range(len(header) + 1, len(cells) + 1)]
    values = dict(zip(names, map(_unescape_formula, cells), strict=False))
    if len(cells) == len(header):
        return CsvRow(number, line, values)
    return CsvRow(
        number,
        line,
        values,
        f"This row has {len(cells)} cells, and the first line has {len(header)}.",
    )


def _without_blank_end(cells: list[str], at_least: int = 0) -> list[str]:
    """Spreadsheets write empty cells beyond the last column that is used."""
    end = len(cells)
    while end > at_least and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _escape_formula(text: str) -> str:
    """An apostrophe before each sign at which a spreadsheet could begin to read a formula.

    That is not the beginning of a cell alone: one that splits at semicolons or line breaks finds others inside.
    """
    return _UNSAFE.sub(r"\g<0>'", text)


def _unescape_formula(text: str) -> str:
    return _ESCAPED.sub(lambda match: match[0][:-1], text)

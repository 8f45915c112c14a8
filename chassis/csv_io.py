"""CSV as spreadsheets write and read it: UTF-8, separated by commas or semicolons.

The reader bounds the length of a row and the number of rows while it reads.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO, TextIOWrapper
from itertools import islice
from typing import Any

DELIMITERS = ",;"
MAX_ROW_LENGTH = 128 * 1024
"""Max characters of one row with quotes and line breaks: more than all fields of a row together."""
BUFFER_SIZE = 64 * 1024

_FORMULA_SIGNS = "=+\\-@＝＋－＠"
_CELL_STARTS = rf"\A(?='*[\t\r\n{_FORMULA_SIGNS}])|(?:\A|[;\t\r\n])[\s\"]*(?='*[{_FORMULA_SIGNS}])"
_UNSAFE = re.compile(_CELL_STARTS)
_ESCAPED = re.compile(_CELL_STARTS.replace("(?=", "'(?="))


class InvalidCsv(ValueError):
    """The file cannot be parsed; the message names the place."""


@dataclass(frozen=True, slots=True)
class CsvRow:
    number: int
    """The first row after the header is 1."""
    line: int
    """The file line on which the row begins; the header is line 1."""
    cells: dict[str, str]
    """By column name; `column 5` for a cell beyond the last column."""
    problem: str = ""
    """Set if the number of cells differs from the number of columns."""


def parse(
    raw: bytes, columns: Sequence[str], required: Sequence[str], *, max_rows: int
) -> list[CsvRow]:
    """The rows below a header that names some of `columns`. Raises InvalidCsv.

    Stops after `max_rows` + 1 rows, so that the caller sees that there are too many.
    """
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
    """Chunks of a file that `parse` can read. Cells that look like formulas are escaped."""
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
    """The file's lines. The lines of one row have at most MAX_ROW_LENGTH characters in total."""

    def __init__(self, raw: bytes) -> None:
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            raise InvalidCsv(f"The file is not UTF-8: byte {error.start} is invalid.") from error
        if b"\0" in raw:
            raise InvalidCsv("The file has a NUL character, which cannot be stored.")
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
    names = _strip_trailing_blanks([name.strip() for name in names])
    if unknown := [name for name in names if name not in columns]:
        raise InvalidCsv(
            f"Unknown column {unknown[0][:100]!r}; the columns are: {', '.join(columns)}."
        )
    if len(set(names)) < len(names):
        raise InvalidCsv("The header has a column twice.")
    if missing := [name for name in required if name not in names]:
        raise InvalidCsv(f"The header has no column {missing[0]}.")
    return names


def _rows(header: list[str], cells: Any, lines: _BoundedLines) -> Iterator[CsvRow]:
    number, line = 0, cells.line_num + 1
    lines.end_row()
    for row in cells:
        if any(cell.strip() for cell in row):
            number += 1
            yield _row(number, line, header, _strip_trailing_blanks(row, len(header)))
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
        f"This row has {len(cells)} cells, but the header has {len(header)}.",
    )


def _strip_trailing_blanks(cells: list[str], min_length: int = 0) -> list[str]:
    """Spreadsheets write empty cells after the last used column."""
    end = len(cells)
    while end > min_length and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _escape_formula(text: str) -> str:
    """Put an apostrophe before each sign that could start a formula.

    Also inside a cell: a spreadsheet may split it at semicolons or line breaks.
    """
    return _UNSAFE.sub(r"\g<0>'", text)


def _unescape_formula(text: str) -> str:
    return _ESCAPED.sub(lambda match: match[0][:-1], text)

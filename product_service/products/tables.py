"""Products as a CSV table, as spreadsheets read and write it."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from typing import Any, NamedTuple

COLUMNS = ["sku", "name", "description", "price", "category", "image_url", "is_active"]
DELIMITERS = ",;"
TRUTHS = {"true": True, "1": True, "false": False, "0": False}
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "'")
"""A spreadsheet would run what begins so. An apostrophe before it says that it is text; that is taken off again on the way in."""


class NotATable(ValueError):
    """It cannot even be cut into rows; the message says where."""


class TableRow(NamedTuple):
    number: int
    """The first product is 1."""
    line: int | None
    """Of the file, where the row begins; the header is line 1."""
    facts: Any
    problem: str = ""
    """Why there are no facts."""


def read(raw: bytes) -> list[TableRow]:
    """Rows of UTF-8 text, with commas or semicolons. Raises NotATable."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotATable(f"The file is not UTF-8: see the byte at {error.start}.") from error
    delimiter = max(DELIMITERS, key=text.partition("\n")[0].count)
    cells = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = _header(next(cells, []))
        return list(_rows(header, cells))
    except csv.Error as error:
        raise NotATable(f"The row that ends in line {cells.line_num} is not CSV: {error}.") from error


def write(products: Iterable[Any]) -> Iterator[str]:
    """Lines of a table that `read` takes back, header first."""
    line = StringIO()
    writer = csv.writer(line)
    writer.writerow(COLUMNS)
    for product in products:
        writer.writerow([_guarded(getattr(product, column)) for column in COLUMNS])
        if line.tell() > 64 * 1024:
            yield line.getvalue()
            line.seek(0)
            line.truncate()
    yield line.getvalue()


def _header(names: list[str]) -> list[str]:
    names = [name.strip() for name in names]
    if unknown := [name for name in names if name not in COLUMNS]:
        raise NotATable(f"There is no column {unknown[0]!r}; there are: {', '.join(COLUMNS)}.")
    if len(set(names)) < len(names):
        raise NotATable("A column is there twice.")
    if "sku" not in names:
        raise NotATable("The first line has to name the columns, and one of them has to be sku.")
    return names


def _rows(header: list[str], cells: Any) -> Iterator[TableRow]:
    number, begins = 0, cells.line_num + 1
    for row in cells:
        if any(cell.strip() for cell in row):
            number += 1
            if len(row) == len(header):
                yield TableRow(number, begins, _facts(dict(zip(header, row, strict=True))))
            else:
                yield TableRow(number, begins, None, f"This row has {len(row)} cells, and the first line has {len(header)}.")
        begins = cells.line_num + 1


def _facts(cells: Mapping[str, str]) -> dict[str, Any]:
    """An empty cell is an empty text; only is_active cannot be one, and counts as left out."""
    facts: dict[str, Any] = {column: _unguarded(cell) for column, cell in cells.items()}
    is_active = facts.pop("is_active", "").strip().lower()
    return facts if is_active == "" else facts | {"is_active": TRUTHS.get(is_active, is_active)}


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULAS) else cell


def _guarded(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text}" if text.startswith(FORMULAS) else text

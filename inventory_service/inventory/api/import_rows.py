"""Validation of the rows of an import."""

from collections.abc import Iterator
from typing import Any

from rest_framework import serializers

from chassis.csv_io import CsvRow
from chassis.csv_parser import CsvParser
from chassis.exceptions import flatten_errors
from chassis.problems import ContentTooLarge, ValidationFailed
from inventory.api.serializers import ReceiptRequest, ReceiptRow
from inventory.services.stock_ledger import Receipt

COLUMNS = ["product_id", "quantity", "note"]
REQUIRED_COLUMNS = ["product_id", "quantity"]
MAX_ROWS = 10_000

RowError = dict[str, Any]


class ReceiptCsvParser(CsvParser):
    columns = COLUMNS
    required = REQUIRED_COLUMNS
    max_rows = MAX_ROWS


def validate_rows(rows: Any) -> tuple[list[Receipt], list[RowError]]:
    """The valid receipts, and the errors of the other rows."""
    if not isinstance(rows, list):
        raise ValidationFailed(
            "body", "Has to be a JSON array of receipts, or a CSV table.", "not_a_list"
        )
    if len(rows) > MAX_ROWS:
        raise ContentTooLarge(f"There are more than {MAX_ROWS} rows; send fewer at once.")
    csv_serializer, json_serializer = ReceiptRow(), ReceiptRequest()
    receipts: dict[int, Receipt] = {}
    errors: list[RowError] = []
    for number, row in enumerate(rows, start=1):
        try:
            if isinstance(row, CsvRow):
                fields = csv_serializer.run_validation(row.cells)
            else:
                fields = json_serializer.run_validation(row)
            receipts[number] = Receipt(**fields)
        except serializers.ValidationError as error:
            errors += [{"row": number, **each} for each in flatten_errors(error.detail)]
    errors = sorted([*errors, *_duplicates(receipts)], key=lambda error: error["row"])
    return list(receipts.values()), [_with_line(error, rows) for error in errors]


def _duplicates(receipts: dict[int, Receipt]) -> Iterator[RowError]:
    """Quantities of one product are not added up: a row may have been pasted twice by mistake."""
    first_rows: dict[Any, int] = {}
    for number, receipt in receipts.items():
        first = first_rows.setdefault(receipt.product_id, number)
        if first != number:
            message = f"This product is in row {first} already."
            yield {"row": number, "field": "product_id", "message": message, "code": "repeated"}


def _with_line(error: RowError, rows: Any) -> RowError:
    row = rows[error["row"] - 1]
    return error | {"line": row.line} if isinstance(row, CsvRow) else error

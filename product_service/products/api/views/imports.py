"""Import of products as CSV or JSON."""

from typing import Any, NamedTuple

from rest_framework.exceptions import ValidationError

from chassis.api import APIView, Request, Response
from chassis.csv_io import CsvRow
from chassis.csv_parser import CsvParser
from chassis.exceptions import flatten_errors
from chassis.parsers import JSONParser
from chassis.problems import ContentTooLarge, ValidationFailed
from chassis.swagger import document
from products.api.serializers.imports import ImportResponse, ImportRow
from products.models import EDITABLE_FIELDS
from products.services.bulk_upsert import UpsertResult, upsert

BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
MAX_ROWS = 10_000
MAX_ERRORS = 100
MAX_IMPORT_SIZE = 8 * 1024 * 1024
DESCRIPTION = """Creates the products whose SKU is new and changes the others. Fields that \
a row omits stay as they are.
All or nothing: if a row is invalid, nothing is written, and `errors` lists the rows and reasons.

The body is a JSON array of products, or CSV whose first line names the columns: UTF-8, separated
by commas or semicolons. At most 10,000 rows and 8 MiB."""

RowErrors = list[dict[str, Any]]


class ImportedRow(NamedTuple):
    number: int
    """The first product is 1."""
    fields: Any
    problem: str = ""
    line: int | None = None
    """The line of a CSV file."""

    def error(self, field: str, message: str, code: str) -> dict[str, Any]:
        line = {} if self.line is None else {"line": self.line}
        return {"row": self.number, **line, "field": field, "message": message, "code": code}


ValidRows = dict[str, tuple[ImportedRow, dict[str, Any]]]
"""By SKU, the row and its validated fields."""


class ProductCsvParser(CsvParser):
    columns = EDITABLE_FIELDS
    required = ("sku",)
    max_rows = MAX_ROWS


class ImportView(APIView):
    parser_classes = [JSONParser, ProductCsvParser]
    max_body_size = MAX_IMPORT_SIZE

    @document(
        "import_products",
        "Import products",
        description=DESCRIPTION,
        auth="staff",
        body=ImportRow(many=True, max_length=MAX_ROWS),  # type: ignore[call-arg]
        responses={200: ImportResponse},
    )
    def post(self, request: Request) -> Response:
        rows = _read_rows(request.data)
        products, errors = _validate_rows(rows)
        result = UpsertResult() if errors else upsert([fields for _, fields in products.values()])
        errors += _missing_field_errors(products, result)
        unchanged = 0 if errors else len(rows) - result.created - result.updated
        return Response(
            {
                "created": result.created,
                "updated": result.updated,
                "unchanged": unchanged,
                "error_count": len(errors),
                "errors": errors[:MAX_ERRORS],
            }
        )


def _read_rows(data: Any) -> list[ImportedRow]:
    if not isinstance(data, list):
        raise ValidationFailed("body", "Has to be a JSON array of products, or a CSV table.")
    if len(data) > MAX_ROWS:
        raise ContentTooLarge(f"There are more than {MAX_ROWS} rows; send fewer at once.")
    return [_read_row(number, row) for number, row in enumerate(data, 1)]


def _read_row(number: int, row: Any) -> ImportedRow:
    if isinstance(row, CsvRow):
        return ImportedRow(row.number, _csv_fields(row.cells), row.problem, row.line)
    return ImportedRow(number, row)


def _csv_fields(cells: dict[str, str]) -> dict[str, Any]:
    """An empty cell is an empty text, except in is_active, where it counts as omitted."""
    fields: dict[str, Any] = dict(cells)
    is_active = fields.pop("is_active", "").strip().lower()
    return fields if is_active == "" else fields | {"is_active": BOOLEANS.get(is_active, is_active)}


def _validate_rows(rows: list[ImportedRow]) -> tuple[ValidRows, RowErrors]:
    products: ValidRows = {}
    errors: RowErrors = []
    serializer = ImportRow()
    for row in rows:
        if row.problem:
            errors.append(row.error("row", row.problem, "invalid"))
            continue
        try:
            fields = serializer.run_validation(row.fields)
        except ValidationError as error:
            errors += [row.error(**problem) for problem in flatten_errors(error.detail)]
            continue
        first, _ = products.setdefault(fields["sku"], (row, fields))
        if first is not row:
            message = f"Row {first.number} has this SKU already."
            errors.append(row.error("sku", message, "repeated"))
    return products, errors


def _missing_field_errors(products: ValidRows, result: UpsertResult) -> RowErrors:
    return [
        products[sku][0].error(field, "A new product needs this field.", "required")
        for sku, fields in result.missing.items()
        for field in fields
    ]

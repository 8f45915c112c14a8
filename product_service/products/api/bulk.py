"""Import and export of the catalogue as CSV or JSON."""

from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

from django.http import StreamingHttpResponse
from drf_yasg import openapi
from rest_framework.exceptions import ValidationError

from chassis import csv_io
from chassis.api import APIView, Request, Response
from chassis.csv_io import CsvRow
from chassis.csv_parser import CsvParser
from chassis.exceptions import flatten_errors
from chassis.parsers import JSONParser
from chassis.problems import ContentTooLarge, ValidationFailed
from chassis.swagger import document
from chassis.validation import validate
from products.api.bulk_serializers import ExportQuery, ImportResponse
from products.api.serializers import EXAMPLE, ImportRow
from products.models import EDITABLE_FIELDS, Product
from products.services.bulk_upsert import UpsertResult, upsert

BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
MAX_ROWS = 10_000
MAX_ERRORS = 100
MAX_IMPORT_SIZE = 8 * 1024 * 1024
IMPORT_DESCRIPTION = """Creates the products whose SKU is new and changes the others. Fields that \
a row omits stay as they are.
All or nothing: if a row is invalid, nothing is written, and `errors` lists the rows and reasons.

The body is a JSON array of products, or CSV whose first line names the columns: UTF-8, separated
by commas or semicolons. At most 10,000 rows and 8 MiB."""
EXPORT_DESCRIPTION = """CSV that the import accepts. An apostrophe precedes each text that a \
spreadsheet would evaluate as a formula."""
CSV_RESPONSE = openapi.Response(
    "The products.",
    openapi.Schema(type=openapi.TYPE_STRING),
    {"text/csv": "".join(csv_io.render(EDITABLE_FIELDS, [EXAMPLE.values()]))},
)

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
        description=IMPORT_DESCRIPTION,
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


class ExportView(APIView):
    produces = ["text/csv"]

    @document(
        "export_products",
        "Export products",
        description=EXPORT_DESCRIPTION,
        auth="staff",
        query=ExportQuery,
        responses={200: CSV_RESPONSE},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        filters = validate(ExportQuery, request.query_params)
        lines = csv_io.render(EDITABLE_FIELDS, _cells(Product.objects.filter_by(**filters)))
        # Read the first batch now: a database error then is a 503 and not a truncated file.
        lines = chain([next(lines)], lines)
        headers = {
            "Content-Disposition": 'attachment; filename="products.csv"',
            "Cache-Control": "no-store",
        }
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _cells(products: Any) -> Iterator[list[Any]]:
    for product in products.iterate():
        yield [getattr(product, name) for name in EDITABLE_FIELDS]


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

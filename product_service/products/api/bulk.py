"""The door for whole catalogues, as CSV or JSON."""

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
from products import importing
from products.api.serializers import ExportQuery, ImportResponse, ImportRow
from products.models import Product

COLUMNS = ["sku", "name", "description", "price", "category", "image_url", "is_active"]
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
MOST_ROWS = 10_000
MOST_ERRORS = 100
IMPORT_BODY_SIZE = 8 * 1024 * 1024
IMPORT = """Products by SKU: those that are new are created, the others changed; what is left out of a row stays as it is.
All or none: when a row is bad, nothing is written, and `errors` says what is wrong with which.

A JSON array of products, or a CSV table whose first line names its columns: UTF-8, with commas or semicolons.
At most 10,000 rows and 8 MiB."""
EXPORT = """A CSV table that the import takes back. A text that a spreadsheet would run as a formula has an apostrophe before it."""
EXAMPLE = "sku,name,description,price,category,image_url,is_active\r\nLAMP-1,Desk lamp,,19.99,lighting,,true\r\n"
TABLE = openapi.Response(
    "The table.", openapi.Schema(type=openapi.TYPE_STRING), {"text/csv": EXAMPLE}
)


class ImportedRow(NamedTuple):
    number: int
    """The first product is 1."""
    fields: Any
    problem: str = ""
    line: int | None = None
    """Of a CSV file."""


Products = dict[str, tuple[ImportedRow, dict[str, Any]]]


class ProductCsvParser(CsvParser):
    columns = COLUMNS
    required = COLUMNS[:1]
    max_rows = MOST_ROWS


class ImportView(APIView):
    parser_classes = [JSONParser, ProductCsvParser]
    max_body_size = IMPORT_BODY_SIZE

    @document(
        "import_products",
        "Import products",
        description=IMPORT,
        auth="staff",
        body=ImportRow(many=True, max_length=MOST_ROWS),  # type: ignore[call-arg]
        responses={200: ImportResponse},
    )
    def post(self, request: Request) -> Response:
        return Response(_imported(_rows(request.data)))


class ExportView(APIView):
    produces = ["text/csv"]

    @document(
        "export_products",
        "Export products",
        description=EXPORT,
        auth="staff",
        query=ExportQuery,
        responses={200: TABLE},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        products = Product.objects.matching(
            **validate(ExportQuery, request.query_params)
        ).in_batches()
        lines = csv_io.render(COLUMNS, _cells(products))
        begun = chain(
            [next(lines)], lines
        )  # so that a database that is away is an error and not an end in the middle
        headers = {
            "Content-Disposition": 'attachment; filename="products.csv"',
            "Cache-Control": "no-store",
        }
        return StreamingHttpResponse(begun, content_type="text/csv; charset=utf-8", headers=headers)


def _cells(products: Iterator[Product]) -> Iterator[list[Any]]:
    for product in products:
        yield [getattr(product, column) for column in COLUMNS]


def _rows(data: Any) -> list[ImportedRow]:
    if not isinstance(data, list):
        raise ValidationFailed("body", "Has to be a JSON array of products, or a CSV table.")
    if len(data) > MOST_ROWS:
        raise ContentTooLarge(f"There are more than {MOST_ROWS} rows; send fewer at once.")
    return [_imported_row(place, row) for place, row in enumerate(data, 1)]


def _imported_row(place: int, row: Any) -> ImportedRow:
    if isinstance(row, CsvRow):
        return ImportedRow(row.number, _fields_of_csv(row.cells), row.problem, row.line)
    return ImportedRow(place, row)


def _fields_of_csv(cells: dict[str, str]) -> dict[str, Any]:
    """An empty cell is an empty text; only is_active cannot be one, and counts as left out."""
    fields: dict[str, Any] = dict(cells)
    is_active = fields.pop("is_active", "").strip().lower()
    return fields if is_active == "" else fields | {"is_active": BOOLEANS.get(is_active, is_active)}


def _imported(rows: list[ImportedRow]) -> dict[str, Any]:
    products, errors = _checked(rows)
    outcome = (
        importing.Outcome()
        if errors
        else importing.bring_in([facts for _, facts in products.values()])
    )
    for sku, fields in outcome.missing.items():
        errors += [
            _error(products[sku][0], field, "A new product needs this.", "required")
            for field in fields
        ]
    unchanged = 0 if errors else len(rows) - outcome.created - outcome.updated
    counts = {
        "created": outcome.created,
        "updated": outcome.updated,
        "unchanged": unchanged,
        "error_count": len(errors),
    }
    return {**counts, "errors": errors[:MOST_ERRORS]}


def _checked(rows: list[ImportedRow]) -> tuple[Products, list[dict[str, Any]]]:
    """The products by SKU, each with the row that it comes from; and what is wrong with the others."""
    products: Products = {}
    errors: list[dict[str, Any]] = []
    shape = ImportRow()
    for row in rows:
        try:
            facts = shape.run_validation(_fields_of(row))
        except ValidationError as error:
            errors += [_error(row, **problem) for problem in flatten_errors(error.detail)]
            continue
        first, _ = products.setdefault(facts["sku"], (row, facts))
        if first is not row:
            errors.append(
                _error(row, "sku", f"Row {first.number} has this SKU already.", "repeated")
            )
    return products, errors


def _fields_of(row: ImportedRow) -> Any:
    if row.problem:
        raise ValidationError({"row": [row.problem]}, code="invalid")
    return row.fields


def _error(row: ImportedRow, field: str, message: str, code: str) -> dict[str, Any]:
    line = {} if row.line is None else {"line": row.line}
    return {"row": row.number, **line, "field": field, "message": message, "code": code}

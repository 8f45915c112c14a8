"""The door for whole catalogues, as CSV or JSON."""

from collections.abc import Mapping
from itertools import chain
from typing import Any

from django.http import StreamingHttpResponse
from drf_yasg import openapi
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import BaseParser

from chassis.api import APIView, Request, Response
from chassis.exceptions import flatten_errors
from chassis.parsers import JSONParser
from chassis.problems import Invalid, TooLarge
from chassis.swagger import operation
from chassis.validation import parsed
from products import importing, tables
from products.api.serializers import ExportQuery, ImportResponse, ImportRow
from products.models import Product

Products = dict[str, tuple[tables.TableRow, dict[str, Any]]]
MOST_ROWS = 10_000
MOST_ERRORS = 100
IMPORT_BODY_SIZE = 8 * 1024 * 1024
IMPORT = """Products by SKU: those that are new are created, the others changed; what is left out of a row stays as it is.
All or none: when a row is bad, nothing is written, and `errors` says what is wrong with which.

A JSON array of products, or a CSV table whose first line names its columns: UTF-8, with commas or semicolons.
At most 10,000 rows and 8 MiB."""
EXPORT = """A CSV table that the import takes back. A text that a spreadsheet would run as a formula has an apostrophe before it."""
EXAMPLE = "sku,name,description,price,category,image_url,is_active\r\nLAMP-1,Desk lamp,,19.99,lighting,,true\r\n"
TABLE = openapi.Response("The table.", openapi.Schema(type=openapi.TYPE_STRING), {"text/csv": EXAMPLE})


class CSVParser(BaseParser):
    media_type = "text/csv"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        try:
            return tables.read(stream.read())
        except tables.NotATable as error:
            raise ParseError(str(error)) from error


class ImportView(APIView):
    parser_classes = [JSONParser, CSVParser]
    max_body_size = IMPORT_BODY_SIZE

    @operation(
        "Import products",
        description=IMPORT,
        access="staff",
        body=ImportRow(many=True, max_length=MOST_ROWS),  # type: ignore[call-arg]
        answers={200: ImportResponse},
    )
    def post(self, request: Request) -> Response:
        return Response(_imported(_rows(request.data)))


class ExportView(APIView):
    produces = ["text/csv"]

    @operation("Export products", description=EXPORT, access="staff", query=ExportQuery, answers={200: TABLE})
    def get(self, request: Request) -> StreamingHttpResponse:
        lines = tables.write(Product.objects.matching(**parsed(ExportQuery, request.query_params)).in_batches())
        begun = chain([next(lines)], lines)  # so that a database that is away is an error and not an end in the middle
        headers = {"Content-Disposition": 'attachment; filename="products.csv"', "Cache-Control": "no-store"}
        return StreamingHttpResponse(begun, content_type="text/csv; charset=utf-8", headers=headers)


def _rows(data: Any) -> list[tables.TableRow]:
    if not isinstance(data, list):
        raise Invalid("body", "Has to be a JSON array of products, or a CSV table.")
    if len(data) > MOST_ROWS:
        raise TooLarge(f"These are {len(data)} rows; send at most {MOST_ROWS} at once.")
    return [row if isinstance(row, tables.TableRow) else tables.TableRow(place, None, row) for place, row in enumerate(data, 1)]


def _imported(rows: list[tables.TableRow]) -> dict[str, Any]:
    products, errors = _checked(rows)
    outcome = importing.Outcome() if errors else importing.bring_in([facts for _, facts in products.values()])
    for sku, fields in outcome.missing.items():
        errors += [_error(products[sku][0], field, "A new product needs this.", "required") for field in fields]
    unchanged = 0 if errors else len(rows) - outcome.created - outcome.updated
    counts = {"created": outcome.created, "updated": outcome.updated, "unchanged": unchanged, "error_count": len(errors)}
    return {**counts, "errors": errors[:MOST_ERRORS]}


def _checked(rows: list[tables.TableRow]) -> tuple[Products, list[dict[str, Any]]]:
    """The products by SKU, each with the row that it comes from; and what is wrong with the others."""
    products: Products = {}
    errors: list[dict[str, Any]] = []
    shape = ImportRow()
    for row in rows:
        try:
            facts = shape.run_validation(_facts(row))
        except ValidationError as error:
            errors += [_error(row, **problem) for problem in flatten_errors(error.detail)]
            continue
        first, _ = products.setdefault(facts["sku"], (row, facts))
        if first is not row:
            errors.append(_error(row, "sku", f"Row {first.number} has this SKU already.", "repeated"))
    return products, errors


def _facts(row: tables.TableRow) -> Any:
    if row.problem:
        raise ValidationError({"row": [row.problem]}, code="invalid")
    return row.facts


def _error(row: tables.TableRow, field: str, message: str, code: str) -> dict[str, Any]:
    line = {} if row.line is None else {"line": row.line}
    return {"row": row.number, **line, "field": field, "message": message, "code": code}

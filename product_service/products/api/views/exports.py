"""Export of products as CSV."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.http import StreamingHttpResponse
from drf_yasg import openapi

from chassis import csv_io
from chassis.api import APIView, Request
from chassis.swagger import document
from chassis.validation import validate
from products.api.serializers.imports import ExportQuery
from products.api.serializers.products import EXAMPLE
from products.models import EDITABLE_FIELDS, Product

DESCRIPTION = """CSV that the import accepts. An apostrophe precedes each text that a \
spreadsheet would evaluate as a formula."""
CSV_RESPONSE = openapi.Response(
    "The products.",
    openapi.Schema(type=openapi.TYPE_STRING),
    {"text/csv": "".join(csv_io.render(EDITABLE_FIELDS, [EXAMPLE.values()]))},
)


class ExportView(APIView):
    produces = ["text/csv"]

    @document(
        "export_products",
        "Export products",
        description=DESCRIPTION,
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

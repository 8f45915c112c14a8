"""The door for whole deliveries: thousands of receipts in one request, all of them or none."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from rest_framework import serializers

from chassis.api import APIView, Request, Response
from chassis.authentication import IsStaff, get_current_user
from chassis.csv_io import CsvRow
from chassis.csv_parser import CsvParser
from chassis.exceptions import flatten_errors
from chassis.parsers import JSONParser
from chassis.problems import ContentTooLarge, ValidationFailed
from chassis.swagger import document
from inventory import errors, products, services
from inventory.api.idempotency import IDEMPOTENCY_KEY, once
from inventory.api.serializers import ImportResponse, ReceiptRequest, ReceiptRow
from inventory.ledger import Receipt

COLUMNS = ["product_id", "quantity", "note"]
MOST_ROWS = 10_000
MOST_ERRORS = 100
IMPORT_BODY_SIZE = 8 * 1024 * 1024

DESCRIPTION = f"""
A JSON array of receipts, or a CSV file (`text/csv`) with the columns `product_id`, `quantity` and, if you like, `note`: at most
{MOST_ROWS} rows and 8 MiB, each of another product. All of them are received or none.

`created` counts products received for the first time, `updated` the others. If any row is wrong, both are 0 and `errors` names
the first {MOST_ERRORS} faults by row; the first row, after the header of a CSV file, is row 1. `error_count` counts them all.

The product service has to know every product, as for a single receipt: else nothing is received (422)."""

Fault = dict[str, Any]


class ReceiptCsvParser(CsvParser):
    columns = COLUMNS
    required = COLUMNS[:2]
    max_rows = MOST_ROWS


class ImportView(APIView):
    permission_classes = [IsStaff]
    parser_classes = [JSONParser, ReceiptCsvParser]
    max_body_size = IMPORT_BODY_SIZE

    @document(
        "import_receipts",
        "Receive a whole delivery",
        description=DESCRIPTION,
        auth="staff",
        body=ReceiptRequest(many=True, max_length=MOST_ROWS),  # type: ignore[call-arg]
        headers=[IDEMPOTENCY_KEY],
        responses={200: ImportResponse},
        errors=[errors.ProductNotFound, errors.IdempotencyKeyReused],
    )
    def post(self, request: Request) -> Response:
        receipts, faults = read(request.data)
        if faults:
            return _answer(0, 0, faults)
        product_ids = [receipt.product_id for receipt in receipts]

        def verify() -> dict[str, Any]:
            seconds = products.IMPORT_SECONDS
            return {
                "unverified": products.unverified(
                    product_ids, staff_token=request.auth, timeout=seconds
                )
            }

        def receive(unverified: set[UUID]) -> Response:
            actor = str(get_current_user(request).id)
            return _answer(
                *services.receive_each(receipts=receipts, unverified=unverified, actor=actor), []
            )

        return once(request, receive, prepare=verify)


def read(rows: Any) -> tuple[list[Receipt], list[Fault]]:
    """The receipts, and what is wrong with the rows."""
    if not isinstance(rows, list):
        raise ValidationFailed(
            "body", "Has to be a JSON array of receipts, or a CSV table.", "not_a_list"
        )
    if len(rows) > MOST_ROWS:
        raise ContentTooLarge(f"There are more than {MOST_ROWS} rows; send fewer at once.")
    csv_form, json_form = ReceiptRow(), ReceiptRequest()
    receipts: dict[int, Receipt] = {}
    faults: list[Fault] = []
    for number, row in enumerate(rows, start=1):
        try:
            fields = (
                csv_form.run_validation(row.cells)
                if isinstance(row, CsvRow)
                else json_form.run_validation(row)
            )
            receipts[number] = Receipt(**fields)
        except serializers.ValidationError as error:
            faults += [{"row": number, **fault} for fault in flatten_errors(error.detail)]
    faults = sorted([*faults, *_repeated(receipts)], key=lambda fault: fault["row"])
    return list(receipts.values()), [_with_line(fault, rows) for fault in faults]


def _repeated(receipts: dict[int, Receipt]) -> Iterator[Fault]:
    """Added up, a line that was pasted twice would be goods that nobody has."""
    first: dict[Any, int] = {}
    for number, receipt in receipts.items():
        before = first.setdefault(receipt.product_id, number)
        if before != number:
            message = f"This product is in row {before} already."
            yield {"row": number, "field": "product_id", "message": message, "code": "repeated"}


def _with_line(fault: Fault, rows: Any) -> Fault:
    row = rows[fault["row"] - 1]
    return fault | {"line": row.line} if isinstance(row, CsvRow) else fault


def _answer(created: int, updated: int, faults: list[Fault]) -> Response:
    return Response(
        {
            "created": created,
            "updated": updated,
            "error_count": len(faults),
            "errors": faults[:MOST_ERRORS],
        }
    )

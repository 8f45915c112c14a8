"""Imports: many receipts in one request, all of them or none."""

from typing import Any
from uuid import UUID

from chassis.api import APIView, Request, Response
from chassis.authentication import IsStaff, get_current_user
from chassis.parsers import JSONParser
from chassis.swagger import document
from inventory import errors, services
from inventory.api.idempotency import IDEMPOTENCY_KEY, idempotent
from inventory.api.import_rows import MAX_ROWS, ReceiptCsvParser, RowError, validate_rows
from inventory.api.serializers import ImportResponse, ReceiptRequest
from inventory.services import product_lookup

MAX_ERRORS = 100
MAX_BODY_SIZE = 8 * 1024 * 1024

DESCRIPTION = f"""
A JSON array of receipts, or a CSV file (`text/csv`) with the columns `product_id`, `quantity` and
optionally `note`: at most {MAX_ROWS} rows and 8 MiB, each row of a different product. All rows are
received or none.

`created` counts products received for the first time, `updated` the others. If any row is invalid,
both are 0, `errors` has the first {MAX_ERRORS} errors by row, and `error_count` counts all of them.
Rows are counted from 1; the header of a CSV file is not counted.

The product service has to know every product, as for a single receipt. Otherwise no row is received
(422)."""


class ImportView(APIView):
    permission_classes = [IsStaff]
    parser_classes = [JSONParser, ReceiptCsvParser]
    max_body_size = MAX_BODY_SIZE

    @document(
        "import_receipts",
        "Receive a whole delivery",
        description=DESCRIPTION,
        auth="staff",
        body=ReceiptRequest(many=True, max_length=MAX_ROWS),  # type: ignore[call-arg]
        headers=[IDEMPOTENCY_KEY],
        responses={200: ImportResponse},
        errors=[errors.ProductNotFound, errors.IdempotencyKeyReused],
    )
    def post(self, request: Request) -> Response:
        receipts, row_errors = validate_rows(request.data)
        if row_errors:
            return _response(0, 0, row_errors)

        def verify_products() -> dict[str, Any]:
            product_ids = [receipt.product_id for receipt in receipts]
            unverified = product_lookup.find_unverified(
                product_ids, staff_token=request.auth, timeout=product_lookup.IMPORT_TIMEOUT
            )
            return {"unverified": unverified}

        def receive(unverified: set[UUID]) -> Response:
            actor = str(get_current_user(request).id)
            created, updated = services.bulk_receive(
                receipts=receipts, unverified=unverified, actor=actor
            )
            return _response(created, updated, [])

        return idempotent(request, receive, prepare=verify_products)


def _response(created: int, updated: int, row_errors: list[RowError]) -> Response:
    return Response(
        {
            "created": created,
            "updated": updated,
            "error_count": len(row_errors),
            "errors": row_errors[:MAX_ERRORS],
        }
    )

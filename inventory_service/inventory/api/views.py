"""The door for shops and staff: stock and its ledger."""

from typing import Any
from uuid import UUID

from chassis.api import APIView, Request, Response
from chassis.authentication import (
    IsStaff,
    IsStaffOrReadOnly,
    OptionalUserAuthentication,
    get_current_user,
)
from chassis.pagination import paged
from chassis.read_only import without_read_only
from chassis.swagger import document, page_of
from chassis.validation import validate
from inventory import errors, listings, products, services
from inventory.api.idempotency import IDEMPOTENCY_KEY, once
from inventory.api.serializers import (
    AdjustmentRequest,
    MovementQuery,
    MovementResponse,
    ReceiptRequest,
    StockQuery,
    StockResponse,
    ThresholdRequest,
)

LIST = """Of every product that was ever received, by product id.

`low_stock=true` leaves out products that the product service has archived or does not know; while it does not answer, they are
listed. A page may have fewer rows than `page_size`, or none: the list ends where `next` is null.

`sku` finds archived products for staff only."""
RECEIVE = """Adds units. The first receipt of a product begins its stock (201), later ones add to it (200).

The product service has to know the product, sold or archived; else nothing is received (422). While it does not answer, the stock
of a new product is received with `product_unverified: true`, until a later receipt has verified it.

The product of the example is one of the demo data (`make seed`); else take an `id` of `GET /api/products/`."""


class StockListView(APIView):
    authentication_classes = [OptionalUserAuthentication]
    permission_classes = [IsStaffOrReadOnly]

    @document(
        "list_stock",
        "List stock",
        description=LIST,
        auth="anyone",
        query=StockQuery,
        responses={200: page_of(StockResponse)},
        errors=[errors.ProductServiceUnavailable],
    )
    def get(self, request: Request) -> Response:
        wanted = validate(StockQuery, request.query_params)
        if skus := wanted.pop("sku", None):
            named = products.ids_of(
                skus, staff_token=request.auth if IsStaff().has_permission(request, self) else None
            )
            wanted["product_ids"] = sorted(named.intersection(wanted.get("product_ids", named)))
        keep = products.only_sold() if wanted["low_stock"] else None
        rows, ordering, within = listings.stock(**wanted)
        return paged(request, rows, StockResponse, ordering, within, keep)

    @document(
        "receive_stock",
        "Receive stock",
        description=RECEIVE,
        auth="staff",
        body=ReceiptRequest,
        headers=[IDEMPOTENCY_KEY],
        responses={201: StockResponse, 200: StockResponse},
        errors=[errors.ProductNotFound, errors.IdempotencyKeyReused],
    )
    def post(self, request: Request) -> Response:
        receipt = validate(ReceiptRequest, request.data)

        def verify() -> dict[str, Any]:
            return {
                "unverified": products.unverified([receipt["product_id"]], staff_token=request.auth)
            }

        def receive(unverified: set[UUID]) -> Response:
            stock, new = services.receive(
                **receipt, unverified=unverified, actor=str(get_current_user(request).id)
            )
            return Response(StockResponse(stock).data, status=201 if new else 200)

        return once(request, receive, prepare=verify)


class StockView(APIView):
    authentication_classes = [OptionalUserAuthentication]
    permission_classes = [IsStaffOrReadOnly]

    @document(
        "read_stock",
        "Read the stock of a product",
        description="What can be sold, and what is held by orders that are not yet shipped.",
        auth="anyone",
        responses={200: StockResponse},
        errors=[errors.UnknownStock],
    )
    def get(self, request: Request, product_id: UUID) -> Response:
        return Response(StockResponse(services.stock_of(product_id)).data)

    @document(
        "set_low_stock_threshold",
        "Set the low-stock threshold",
        description="At this quantity or below the product is in `?low_stock=true`.",
        auth="staff",
        body=ThresholdRequest,
        responses={200: StockResponse},
        errors=[errors.UnknownStock],
    )
    def patch(self, request: Request, product_id: UUID) -> Response:
        body = without_read_only(
            request.data, ThresholdRequest, StockResponse, lambda: services.stock_of(product_id)
        )
        wanted = validate(ThresholdRequest, body)
        return Response(StockResponse(services.set_threshold(product_id=product_id, **wanted)).data)


class AdjustmentView(APIView):
    permission_classes = [IsStaff]

    @document(
        "adjust_stock",
        "Correct the stock of a product",
        description="After a count, a loss or a find. Answers the row of the ledger. "
        "The `product_id` that is filled in is one of the demo data (`make seed`); without stock the answer is 404.",
        auth="staff",
        body=AdjustmentRequest,
        headers=[IDEMPOTENCY_KEY],
        responses={201: MovementResponse},
        errors=[errors.UnknownStock, errors.InsufficientStock, errors.IdempotencyKeyReused],
    )
    def post(self, request: Request, product_id: UUID) -> Response:
        correction = validate(AdjustmentRequest, request.data)

        def adjust() -> Response:
            movement = services.adjust(
                product_id=product_id, **correction, actor=str(get_current_user(request).id)
            )
            return Response(MovementResponse(movement).data, status=201)

        return once(request, adjust)


class MovementListView(APIView):
    permission_classes = [IsStaff]

    @document(
        "list_movements",
        "Read the ledger of a product",
        description="Newest first. The deltas of a product sum up to its quantity + reserved.",
        auth="staff",
        query=MovementQuery,
        responses={200: page_of(MovementResponse)},
        errors=[errors.UnknownStock],
    )
    def get(self, request: Request, product_id: UUID) -> Response:
        wanted = validate(MovementQuery, request.query_params)
        services.stock_of(product_id)
        rows, ordering, within = listings.movements(product_id=product_id, **wanted)
        return paged(request, rows, MovementResponse, ordering, within)

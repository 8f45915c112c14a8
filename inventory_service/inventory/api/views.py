"""The door for shops and staff: stock and its ledger."""

from uuid import UUID

from chassis.api import APIView, Request, Response
from chassis.authentication import IsStaff, OptionalUserAuthentication, StaffOrReadOnly, caller_of
from chassis.pagination import paged
from chassis.read_only import without_read_only
from chassis.swagger import document, page_of
from chassis.validation import parsed
from inventory import errors, listings, services
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


class StockListView(APIView):
    authentication_classes = [OptionalUserAuthentication]
    permission_classes = [StaffOrReadOnly]

    @document(
        "list_stock",
        "List stock",
        description="Of every product that was ever received, by product id.",
        auth="anyone",
        query=StockQuery,
        responses={200: page_of(StockResponse)},
    )
    def get(self, request: Request) -> Response:
        rows, ordering, within = listings.stock(**parsed(StockQuery, request.query_params))
        return paged(request, rows, StockResponse, ordering, within)

    @document(
        "receive_stock",
        "Receive stock",
        description="Adds units. The first receipt of a product begins its stock (201), later ones add to it (200). "
        "The product of the example is one of the demo data (`make seed`); else take an `id` of `GET /api/products/`.",
        auth="staff",
        body=ReceiptRequest,
        headers=[IDEMPOTENCY_KEY],
        responses={201: StockResponse, 200: StockResponse},
        errors=[errors.IdempotencyKeyReused],
    )
    def post(self, request: Request) -> Response:
        receipt = parsed(ReceiptRequest, request.data)

        def receive() -> Response:
            stock, new = services.receive(**receipt, actor=str(caller_of(request).id))
            return Response(StockResponse(stock).data, status=201 if new else 200)

        return once(request, receive)


class StockView(APIView):
    authentication_classes = [OptionalUserAuthentication]
    permission_classes = [StaffOrReadOnly]

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
        body = without_read_only(request.data, ThresholdRequest, StockResponse, lambda: services.stock_of(product_id))
        wanted = parsed(ThresholdRequest, body)
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
        correction = parsed(AdjustmentRequest, request.data)

        def adjust() -> Response:
            movement = services.adjust(product_id=product_id, **correction, actor=str(caller_of(request).id))
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
        wanted = parsed(MovementQuery, request.query_params)
        services.stock_of(product_id)
        rows, ordering, within = listings.movements(product_id=product_id, **wanted)
        return paged(request, rows, MovementResponse, ordering, within)

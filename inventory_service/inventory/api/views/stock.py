"""Stock and its ledger, for shops and staff."""

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
from inventory import errors, selectors, services
from inventory.api.idempotency import IDEMPOTENCY_KEY, idempotent
from inventory.api.serializers import (
    AdjustmentRequest,
    MovementQuery,
    MovementResponse,
    ReceiptRequest,
    StockQuery,
    StockResponse,
    ThresholdRequest,
)
from inventory.services import product_lookup

LIST_DESCRIPTION = """Stock of every product that has been received, by product id.

`low_stock=true` leaves out products that the product service has archived or does not know. While
the product service is unavailable they are listed. A page may have fewer rows than `page_size`, or
none: the list ends where `next` is null.

`sku` finds archived products for staff only."""
RECEIVE_DESCRIPTION = """Adds units. The first receipt of a product creates its stock (201), later
ones add to it (200).

The product service has to know the product, active or archived; otherwise nothing is received
(422). While it is unavailable, the stock of a new product is received with
`product_unverified: true`, until a later receipt has verified the product.

The product in the example is part of the demo data (`make seed`); otherwise use an `id` of
`GET /api/products/`."""


class StockListView(APIView):
    authentication_classes = [OptionalUserAuthentication]
    permission_classes = [IsStaffOrReadOnly]

    @document(
        "list_stock",
        "List stock",
        description=LIST_DESCRIPTION,
        auth="anyone",
        query=StockQuery,
        responses={200: page_of(StockResponse)},
        errors=[errors.ProductServiceUnavailable],
    )
    def get(self, request: Request) -> Response:
        query = validate(StockQuery, request.query_params)
        if skus := query.pop("sku", None):
            is_staff = IsStaff().has_permission(request, self)
            found = product_lookup.find_ids_by_sku(
                skus, staff_token=request.auth if is_staff else None
            )
            query["product_ids"] = sorted(found.intersection(query.get("product_ids", found)))
        row_filter = product_lookup.active_products_filter() if query.get("low_stock") else None
        rows, ordering, bounds = selectors.list_stock(**query)
        return paged(request, rows, StockResponse, ordering, bounds, row_filter)

    @document(
        "receive_stock",
        "Receive stock",
        description=RECEIVE_DESCRIPTION,
        auth="staff",
        body=ReceiptRequest,
        headers=[IDEMPOTENCY_KEY],
        responses={201: StockResponse, 200: StockResponse},
        errors=[errors.ProductNotFound, errors.IdempotencyKeyReused],
    )
    def post(self, request: Request) -> Response:
        receipt = validate(ReceiptRequest, request.data)

        def verify_product() -> dict[str, Any]:
            unverified = product_lookup.find_unverified(
                [receipt["product_id"]], staff_token=request.auth
            )
            return {"unverified": unverified}

        def receive(unverified: set[UUID]) -> Response:
            actor = str(get_current_user(request).id)
            stock, created = services.receive(**receipt, unverified=unverified, actor=actor)
            return Response(StockResponse(stock).data, status=201 if created else 200)

        return idempotent(request, receive, prepare=verify_product)


class StockView(APIView):
    authentication_classes = [OptionalUserAuthentication]
    permission_classes = [IsStaffOrReadOnly]

    @document(
        "read_stock",
        "Read the stock of a product",
        description="The units that can be sold, and the units reserved by orders not yet shipped.",
        auth="anyone",
        responses={200: StockResponse},
        errors=[errors.StockNotFound],
    )
    def get(self, request: Request, product_id: UUID) -> Response:
        return Response(StockResponse(selectors.get_stock(product_id)).data)

    @document(
        "set_low_stock_threshold",
        "Set the low-stock threshold",
        description="At this quantity or below, the product is in `?low_stock=true`.",
        auth="staff",
        body=ThresholdRequest,
        responses={200: StockResponse},
        errors=[errors.StockNotFound],
    )
    def patch(self, request: Request, product_id: UUID) -> Response:
        body = without_read_only(
            request.data,
            ThresholdRequest,
            StockResponse,
            lambda: selectors.get_stock(product_id),
        )
        threshold = validate(ThresholdRequest, body)
        stock = services.set_threshold(product_id=product_id, **threshold)
        return Response(StockResponse(stock).data)


class AdjustmentView(APIView):
    permission_classes = [IsStaff]

    @document(
        "adjust_stock",
        "Correct the stock of a product",
        description="For example after a count or a loss. Returns the new row of the ledger. "
        "The `product_id` of the example is part of the demo data (`make seed`).",
        auth="staff",
        body=AdjustmentRequest,
        headers=[IDEMPOTENCY_KEY],
        responses={201: MovementResponse},
        errors=[errors.StockNotFound, errors.InsufficientStock, errors.IdempotencyKeyReused],
    )
    def post(self, request: Request, product_id: UUID) -> Response:
        adjustment = validate(AdjustmentRequest, request.data)

        def adjust() -> Response:
            actor = str(get_current_user(request).id)
            movement = services.adjust(product_id=product_id, **adjustment, actor=actor)
            return Response(MovementResponse(movement).data, status=201)

        return idempotent(request, adjust)


class MovementListView(APIView):
    permission_classes = [IsStaff]

    @document(
        "list_movements",
        "Read the ledger of a product",
        description="Newest first. The deltas of a product add up to its quantity + reserved.",
        auth="staff",
        query=MovementQuery,
        responses={200: page_of(MovementResponse)},
        errors=[errors.StockNotFound],
    )
    def get(self, request: Request, product_id: UUID) -> Response:
        query = validate(MovementQuery, request.query_params)
        selectors.get_stock(product_id)
        rows, ordering, bounds = selectors.list_movements(product_id=product_id, **query)
        return paged(request, rows, MovementResponse, ordering, bounds)

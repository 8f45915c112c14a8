from uuid import UUID

from django.http import HttpResponse

from chassis.api import APIView, Request, Response
from chassis.authentication import IsAuthenticated, IsStaff, get_current_user
from chassis.client_address import CLIENT_IP_KEY
from chassis.idempotency import PATTERN, fingerprint, idempotency_key
from chassis.pagination import paged
from chassis.request_timing import arrival
from chassis.swagger import document, header, page_of
from chassis.validation import validate
from orders import errors, selectors
from orders.api.serializers import OrderQuery, OrderRequest, OrderResponse
from orders.models import Order
from orders.services import rate_limit, transitions
from orders.services.commands import PlaceOrder, StoredResponse
from orders.services.place_order import place_order

IDEMPOTENCY_KEY = header(
    "Idempotency-Key",
    "1 to 255 characters of your choice. Repeat the request with the same key until the response "
    "is definitive (201, 409, 422): the order is placed once. Stored for at least 24 hours.",
    pattern=PATTERN,
)


class OrderListView(APIView):
    permission_classes = [IsAuthenticated]

    @document(
        "list_orders",
        "List orders",
        description="Newest first: your own, or all for staff. Filters can be combined. "
        "Only a search for an e-mail address calls the user service.",
        auth="user",
        query=OrderQuery,
        responses={200: page_of(OrderResponse)},
        errors=[
            errors.UpstreamTokenRejected,
            errors.StaffRoleRevoked,
            errors.DependencyUnavailable,
        ],
    )
    def get(self, request: Request) -> Response:
        filters, user = validate(OrderQuery, request.query_params), get_current_user(request)
        orders = selectors.list_orders(
            viewer_id=user.id, is_staff=user.is_staff, token=str(request.auth), **filters
        )
        return paged(request, orders, OrderResponse, ordering="-sort_id")

    @document(
        "place_order",
        "Place an order",
        description="The products have to exist and their stock has to suffice, for all lines or "
        "none. Send an address, or the id of one in your address book. The product of the "
        "example is one of the demo data (`make seed`); without them the response is 422 "
        "`product_not_found`: use an `id` of `GET /api/products/` and omit `expected_total`. "
        "After a 503 repeat the request with the same Idempotency-Key. Nothing was ordered, unless "
        "the 503 has an `order_id`: then it is unknown whether that order was placed.",
        auth="user",
        body=OrderRequest,
        headers=[IDEMPOTENCY_KEY],
        responses={201: OrderResponse},
        errors=[
            errors.InsufficientStock,
            errors.PriceChanged,
            errors.RequestInProgress,
            errors.ProductNotFound,
            errors.AddressNotFound,
            errors.IdempotencyKeyReused,
            errors.UpstreamTokenRejected,
            errors.OrderRateLimited,
            errors.DependencyUnavailable,
            errors.OutcomeUnknown,
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        command = PlaceOrder(get_current_user(request).id, **validate(OrderRequest, request.data))
        key = idempotency_key(request)
        if address := request.META.get(CLIENT_IP_KEY):
            rate_limit.check(user_id=command.user_id, address=address, key=key)
        response = place_order(
            command,
            key=key,
            fingerprint=fingerprint(request.body),
            token=str(request.auth),
            received_at=arrival(request),
        )
        return _to_http(response)


class OrderView(APIView):
    permission_classes = [IsAuthenticated]

    @document(
        "read_order",
        "Read an order",
        description="Your own, or any for staff; another user's order is not found.",
        auth="user",
        responses={200: OrderResponse},
        errors=[errors.OrderNotFound],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        return Response(OrderResponse(get_order(request, order_id)).data)


class CancelView(APIView):
    permission_classes = [IsAuthenticated]

    @document(
        "cancel_order",
        "Cancel an order",
        description="Only while it is confirmed; repeating it is no error. The stock is released "
        "once, possibly a little later.",
        auth="user",
        responses={200: OrderResponse},
        errors=[errors.OrderNotFound, errors.InvalidTransition],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        order = get_order(request, order_id)
        order = transitions.cancel(order, actor=get_current_user(request).id)
        return Response(OrderResponse(order).data)


class ShipView(APIView):
    permission_classes = [IsStaff]

    @document(
        "ship_order",
        "Ship an order",
        description="From confirmed to shipped; units leave the stock. Repeating it is no error.",
        auth="staff",
        responses={200: OrderResponse},
        errors=[errors.OrderNotFound, errors.InvalidTransition],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        order = get_order(request, order_id)
        order = transitions.ship(order, actor=get_current_user(request).id)
        return Response(OrderResponse(order).data)


class DeliverView(APIView):
    permission_classes = [IsStaff]

    @document(
        "deliver_order",
        "Deliver an order",
        description="From shipped to delivered. Repeating it is no error.",
        auth="staff",
        responses={200: OrderResponse},
        errors=[errors.OrderNotFound, errors.InvalidTransition],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        order = get_order(request, order_id)
        order = transitions.deliver(order, actor=get_current_user(request).id)
        return Response(OrderResponse(order).data)


def get_order(request: Request, order_id: UUID) -> Order:
    user = get_current_user(request)
    return selectors.get_order(order_id, user_id=user.id, is_staff=user.is_staff)


def _to_http(response: StoredResponse) -> HttpResponse:
    is_created = response.status == 201
    headers = {"Content-Type": "application/json" if is_created else "application/problem+json"}
    if is_created:
        headers["Location"] = f"/api/orders/{response.order_id}/"
    if response.is_replayed:
        headers["Idempotency-Replayed"] = "true"
    return HttpResponse(response.body, status=response.status, headers=headers)

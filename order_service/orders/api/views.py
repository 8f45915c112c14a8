"""The door: parse, call, answer."""

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
from orders import errors
from orders.api.serializers import OrderQuery, OrderRequest, OrderResponse
from orders.models import Order
from orders.services import lifecycle, listing, placement, rate_limit

IDEMPOTENCY_KEY = header(
    "Idempotency-Key",
    "1 to 255 characters of your own. Repeat the request with the same key until the answer is definitive (201, 409, 422): "
    "it is placed once. Kept for 24 hours at least.",
    pattern=PATTERN,
)


class OrderListView(APIView):
    permission_classes = [IsAuthenticated]

    @document(
        "list_orders",
        "List orders",
        description="Newest first: your own, or for staff everybody's. All filters may be combined. "
        "Only a search for an e-mail address asks the user service.",
        auth="user",
        query=OrderQuery,
        responses={200: page_of(OrderResponse)},
        errors=[errors.TokenRefused, errors.NotStaffAnyMore, errors.NeighbourAway],
    )
    def get(self, request: Request) -> Response:
        wanted, caller = validate(OrderQuery, request.query_params), get_current_user(request)
        orders = listing.listed(
            viewer_id=caller.id, is_staff=caller.is_staff, token=str(request.auth), **wanted
        )
        return paged(request, orders, OrderResponse, ordering="-place")

    @document(
        "place_order",
        "Place an order",
        description="The products have to exist and their stock has to suffice, for all lines or none. "
        "The address is written in, or one of your address book is named. "
        "The product of the example is one of the demo data (`make seed`); where there are none the answer is 422 "
        "`product_not_found`: take an `id` of `GET /api/products/` and leave out `expected_total`. "
        "503 means that it is not known yet whether the order was placed: repeat it with the same Idempotency-Key.",
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
            errors.TokenRefused,
            errors.TooManyOrders,
            errors.NeighbourAway,
            errors.OutcomeUnknown,
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        wish = placement.Wish(get_current_user(request).id, **validate(OrderRequest, request.data))
        key = idempotency_key(request)
        if client := request.META.get(CLIENT_IP_KEY):
            rate_limit.check(user_id=wish.user_id, address=client, key=key)
        response = placement.place(
            wish,
            key=key,
            fingerprint=fingerprint(request.body),
            token=str(request.auth),
            arrived=arrival(request),
        )
        return _as_http(response)


class OrderView(APIView):
    permission_classes = [IsAuthenticated]

    @document(
        "read_order",
        "Read an order",
        description="One's own, or for staff anybody's; somebody else's is not found.",
        auth="user",
        responses={200: OrderResponse},
        errors=[errors.UnknownOrder],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        return Response(OrderResponse(order_of(request, order_id)).data)


class CancelView(APIView):
    permission_classes = [IsAuthenticated]

    @document(
        "cancel_order",
        "Cancel an order",
        description="Only while it is confirmed; again is no error. The stock comes back once, if need be a little later.",
        auth="user",
        responses={200: OrderResponse},
        errors=[errors.UnknownOrder, errors.InvalidTransition],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        order = lifecycle.cancel(order_of(request, order_id), actor=get_current_user(request).id)
        return Response(OrderResponse(order).data)


class ShipView(APIView):
    permission_classes = [IsStaff]

    @document(
        "ship_order",
        "Ship an order",
        description="From confirmed to shipped; its units leave the stock. Again is no error.",
        auth="staff",
        responses={200: OrderResponse},
        errors=[errors.UnknownOrder, errors.InvalidTransition],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        order = lifecycle.ship(order_of(request, order_id), actor=get_current_user(request).id)
        return Response(OrderResponse(order).data)


class DeliverView(APIView):
    permission_classes = [IsStaff]

    @document(
        "deliver_order",
        "Deliver an order",
        description="From shipped to delivered. Again is no error.",
        auth="staff",
        responses={200: OrderResponse},
        errors=[errors.UnknownOrder, errors.InvalidTransition],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        order = lifecycle.deliver(order_of(request, order_id), actor=get_current_user(request).id)
        return Response(OrderResponse(order).data)


def order_of(request: Request, order_id: UUID) -> Order:
    caller = get_current_user(request)
    return lifecycle.find(order_id, user_id=caller.id, is_staff=caller.is_staff)


def _as_http(response: placement.StoredResponse) -> HttpResponse:
    placed = response.status == 201
    headers = {"Content-Type": "application/json" if placed else "application/problem+json"}
    if placed:
        headers["Location"] = f"/api/orders/{response.order_id}/"
    if response.replayed:
        headers["Idempotency-Replayed"] = "true"
    return HttpResponse(response.body, status=response.status, headers=headers)

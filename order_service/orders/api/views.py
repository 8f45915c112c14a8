"""The door: parse, call, answer."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chassis.authentication import IsSignedIn, IsStaff, caller_of
from chassis.client_address import BEHIND_GATEWAY
from chassis.context import WithMeta
from chassis.idempotency import PATTERN, fingerprint, idempotency_key
from chassis.pagination import paged
from chassis.payloads import JSONRenderer
from chassis.request_timing import arrival
from chassis.swagger import header, operation, page_of
from chassis.validation import parsed
from orders import errors
from orders.api.serializers import OrderQuery, OrderRequest, OrderResponse
from orders.models import Order
from orders.services import lifecycle, listing, pace, placement

IDEMPOTENCY_KEY = header(
    "Idempotency-Key",
    "1 to 255 characters of your own. Repeat the request with the same key until the answer is definitive (201, 409, 422): "
    "it is placed once. Kept for 24 hours at least.",
    pattern=PATTERN,
)


class OrderListView(APIView):
    permission_classes = [IsSignedIn]

    @operation(
        "List orders",
        description="Newest first: your own, or for staff everybody's. All filters may be combined. "
        "Only a search for an e-mail address asks the user service.",
        access="user",
        query=OrderQuery,
        answers={200: page_of(OrderResponse)},
        refusals=[errors.TokenRefused, errors.NotStaffAnyMore, errors.NeighbourAway],
    )
    def get(self, request: Request) -> Response:
        wanted, caller = parsed(OrderQuery, request.query_params), caller_of(request)
        orders = listing.listed(viewer_id=caller.id, is_staff=caller.is_staff, token=str(request.auth), **wanted)
        return paged(request, orders, OrderResponse, ordering="-place")

    @operation(
        "Place an order",
        description="The products have to exist and their stock has to suffice, for all lines or none. "
        "The address is written in, or one of your address book is named. "
        "503 means that it is not known yet whether the order was placed: repeat it with the same Idempotency-Key.",
        access="user",
        body=OrderRequest,
        headers=[IDEMPOTENCY_KEY],
        answers={201: OrderResponse},
        refusals=[
            errors.InsufficientStock,
            errors.PriceChanged,
            errors.RequestInProgress,
            errors.ProductNotFound,
            errors.AddressNotFound,
            errors.IdempotencyKeyReused,
            errors.TokenRefused,
            errors.TooManyOrders,
            errors.NeighbourAway,
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        answer = placed(request, caller_of(request).id, token=str(request.auth), body=request.data)
        return HttpResponse(answer.body, status=answer.status, content_type=content_type(answer), headers=headers_of(answer))


class OrderView(APIView):
    permission_classes = [IsSignedIn]

    @operation(
        "Read an order",
        description="One's own, or for staff anybody's; somebody else's is not found.",
        access="user",
        answers={200: OrderResponse},
        refusals=[errors.UnknownOrder],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        return Response(OrderResponse(order_of(request, order_id)).data)


class CancelView(APIView):
    permission_classes = [IsSignedIn]

    @operation(
        "Cancel an order",
        description="Only while it is confirmed; again is no error. The stock comes back once, if need be a little later.",
        access="user",
        answers={200: OrderResponse},
        refusals=[errors.UnknownOrder, errors.InvalidTransition],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        order = lifecycle.cancel(order_of(request, order_id), actor=caller_of(request).id)
        return Response(OrderResponse(order).data)


class ShipView(APIView):
    permission_classes = [IsStaff]

    @operation(
        "Ship an order",
        description="From confirmed to shipped; its units leave the stock.",
        access="staff",
        answers={200: OrderResponse},
        refusals=[errors.UnknownOrder, errors.InvalidTransition],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        order = lifecycle.ship(order_of(request, order_id), actor=caller_of(request).id)
        return Response(OrderResponse(order).data)


class DeliverView(APIView):
    permission_classes = [IsStaff]

    @operation(
        "Deliver an order",
        description="From shipped to delivered.",
        access="staff",
        answers={200: OrderResponse},
        refusals=[errors.UnknownOrder, errors.InvalidTransition],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        order = lifecycle.deliver(order_of(request, order_id), actor=caller_of(request).id)
        return Response(OrderResponse(order).data)


def order_of(request: Request, order_id: UUID) -> Order:
    caller = caller_of(request)
    return lifecycle.find(order_id, user_id=caller.id, is_staff=caller.is_staff)


def placed(request: WithMeta, user_id: UUID, *, token: str, body: Any) -> placement.Answer:
    wish, key = placement.Wish(user_id, **parsed(OrderRequest, body)), idempotency_key(request)
    if client := request.META.get(BEHIND_GATEWAY):
        pace.count(client, user_id=user_id, key=key)
    return placement.place(
        wish,
        key=key,
        fingerprint=fingerprint(body),
        token=token,
        written=written,
        arrived=arrival(request),
    )


def written(order: Order) -> str:
    """An order as it is answered, and kept to be answered again."""
    return JSONRenderer().render(OrderResponse.values(order)).decode()


def content_type(answer: placement.Answer) -> str:
    return "application/json" if answer.status == 201 else "application/problem+json"


def headers_of(answer: placement.Answer) -> dict[str, str]:
    location = {"Location": f"/api/orders/{answer.order_id}/"} if answer.status == 201 else {}
    return location | ({"Idempotency-Replayed": "true"} if answer.replayed else {})
